/** Properties of a JSON object, in the order in which they are sent. */
export type Entries = readonly (readonly [name: string, value: unknown])[];

export interface StreamOptions {
  /** Called once when the stream has ended, failed or been given up. `fault` is null unless it failed. */
  onClose: (fault: Error | null) => void;
  /** How long the whole answer may take, in milliseconds. A client that reads slowly must not hold its slot for ever. */
  maxMs: number;
}

/**
 * Streams one JSON object, a page of properties at a time. The next page is read only when the client has taken the page
 * before, so the answer never costs more memory than a page. If the client goes away, no further page is read.
 *
 * If a page can't be read or the time is over, the object has no end, so it is not valid JSON. The stream does not fail:
 * @hono/node-server would print the error and send its message to the client.
 */
export function streamObject(
  pages: AsyncGenerator<Entries, void, undefined>,
  { onClose, maxMs }: StreamOptions,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let separator = '{';
  let isOpen = true;
  let timer: NodeJS.Timeout | undefined;
  const close = (fault: Error | null) => {
    if (!isOpen) return;
    isOpen = false;
    clearTimeout(timer);
    onClose(fault);
  };
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        timer = setTimeout(() => {
          close(new Error(`the client did not read the whole answer within ${maxMs} ms`));
          controller.close();
          void pages.return();
        }, maxMs);
        timer.unref();
      },
      async pull(controller) {
        try {
          const properties = await readProperties(pages);
          if (!isOpen) return;
          if (properties === null) {
            controller.enqueue(encoder.encode(separator === '{' ? '{}\n' : '}\n'));
            controller.close();
            close(null);
          } else {
            controller.enqueue(encoder.encode(`${separator}${properties}`));
            separator = ',\n';
          }
        } catch (error) {
          if (isOpen) controller.close();
          close(error as Error);
        }
      },
      cancel() {
        close(null);
        void pages.return();
      },
    },
    // Nothing is read ahead.
    { highWaterMark: 0 },
  );
}

/** Returns the properties of the next page that has any, as JSON without the braces; null if there is no further page. */
async function readProperties(
  pages: AsyncGenerator<Entries, void, undefined>,
): Promise<string | null> {
  for (;;) {
    const { done, value } = await pages.next();
    if (done === true) return null;
    const properties = value.map(
      ([name, each]) => `${JSON.stringify(name)}:${JSON.stringify(each)}`,
    );
    if (properties.length > 0) return properties.join(',\n');
  }
}
