import { NotSparse } from '../fallback.ts';

/** A part of a file, and how large the whole of it is. */
export interface Part {
  bytes: Uint8Array;
  size: number;
}

/**
 * Reads the answer to a range (RFC 9110, 14.4 and 15.3.7), and never more of it than was asked for.
 * Returns null where the body is shorter than it says.
 * @throws NotSparse where it is no answer to this range
 */
export async function partOf(
  response: Response,
  asked: { start: number; end: number },
  alive: () => void,
): Promise<Part | null> {
  const header = response.headers.get('content-range') ?? '';
  const [, first, last, whole] = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/.exec(header) ?? [];
  const [start, end, size] = [Number(first), Number(last) + 1, Number(whole)];
  const encoded = (response.headers.get('content-encoding') ?? 'identity') !== 'identity';
  // The first range may reach past the end of a small file; any other lies within.
  if (encoded || start !== asked.start || end !== Math.min(asked.end, size))
    throw new NotSparse('no-ranges', 'the server answers another range');
  const bytes = new Uint8Array(end - start);
  let received = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    alive();
    if (received + chunk.length > bytes.length)
      throw new NotSparse('no-ranges', 'the server sends more than the range');
    bytes.set(chunk, received);
    received += chunk.length;
  }
  return received === bytes.length ? { bytes, size } : null;
}

/** What `If-Range` may carry: a strong ETag, or else the date of the last change (RFC 9110, 13.1.5). */
export function validatorOf(response: Response): string | null {
  const etag = response.headers.get('etag');
  if (etag?.startsWith('"')) return etag;
  return response.headers.get('last-modified');
}

/** True where a part says by its own ETag that it is of another file, whatever `If-Range` asked for. */
export function isOfAnother(validator: string | null, response: Response): boolean {
  const etag = response.headers.get('etag') ?? '';
  const areStrong = validator?.startsWith('"') === true && etag.startsWith('"');
  return areStrong && etag !== validator;
}
