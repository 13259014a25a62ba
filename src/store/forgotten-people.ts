import type { BucketPort, ForgottenPeople } from '../activities/ports.ts';
import { FORGOTTEN_PREFIX, forgottenUserId, postersOfClip } from '../clip/forget/people.ts';

/** How long a process uses its list of forgotten people. */
const FORGOTTEN_CACHE_MS = 60_000;

/** The longest attempt to write a record or user data, which is its timeout in src/workflows/proxies.ts. */
export const MAX_WRITE_MS = 60_000;

/**
 * How long the workflow that forgets a person waits before it looks for the person's clips: a worker may have an older
 * list, and may have begun a write just before the list was too old.
 */
export const FORGOTTEN_AFTER_MS = FORGOTTEN_CACHE_MS + MAX_WRITE_MS;

/**
 * Reads who is forgotten: one list request of the bucket, at most once in `cacheMs`, and only if a caller asks. If the
 * bucket fails later, the people on the last list stay forgotten. For everybody else, the failure is thrown: the bucket
 * may accept writes although it fails to list, and a person who was forgotten meanwhile would be recorded.
 */
export function createForgottenPeople(
  bucket: Pick<BucketPort, 'list'>,
  { cacheMs = FORGOTTEN_CACHE_MS, now = () => performance.now() } = {},
): ForgottenPeople {
  let people: ReadonlySet<string> = new Set();
  let readAtMs = -Infinity;
  let reading: Promise<void> | null = null;

  async function read(): Promise<void> {
    const startedAtMs = now();
    const found = new Set<string>();
    for await (const { key } of bucket.list(FORGOTTEN_PREFIX)) {
      const userId = forgottenUserId(key);
      if (userId !== null) found.add(userId);
    }
    people = found;
    readAtMs = startedAtMs;
  }

  async function refresh(): Promise<void> {
    if (now() - readAtMs < cacheMs) return;
    reading ??= read().finally(() => {
      reading = null;
    });
    await reading;
  }

  return {
    async isForgotten(clip) {
      const isListed = (): boolean => postersOfClip(clip).some((id) => people.has(id));
      try {
        await refresh();
      } catch (error) {
        if (!isListed()) throw error;
      }
      return isListed();
    },
  };
}
