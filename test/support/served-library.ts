import { startServer } from '../../src/library/http/server.ts';
import type { CatalogClip } from '../../src/catalog/catalog.ts';
import { aClip, aLibrary, clipIdAt, START_MS, type TestLibrary } from './a-library.ts';

/** A library on fakes that a browser can open. */
export interface ServedLibrary extends TestLibrary {
  /** Such as `http://127.0.0.1:1234`. */
  origin: string;
  stop(): Promise<void>;
}

/** A picture of one pixel. */
export const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const HOUR_MS = 3_600_000;

/** Returns clips, newest first, with these changes to the clip at each place. */
export function manyClips(
  count: number,
  changesAt: (at: number) => Partial<CatalogClip> = () => ({}),
): CatalogClip[] {
  return Array.from({ length: count }, (_, at) =>
    aClip({
      id: clipIdAt(count - at),
      title: `Clip ${count - at}`,
      postedAtMs: START_MS - (at + 1) * HOUR_MS,
      ...changesAt(at),
    }),
  );
}

/** Starts a library at a free port. Every picture is one pixel. */
export async function serveLibrary(clips: CatalogClip[]): Promise<ServedLibrary> {
  const library = aLibrary({ clips });
  library.bucket.readBytes = async () => ({ bytes: PIXEL, generation: '1' });
  const onInvalid = () => new Response(null, { status: 400 });
  const listener = { fetch: (request: Request) => library.app.fetch(request), onInvalid };
  const server = await startServer(listener, '127.0.0.1:0');
  return {
    ...library,
    origin: `http://127.0.0.1:${server.port}`,
    async stop() {
      server.stop();
      await server.stopped;
    },
  };
}
