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
 * bucket fails later, the last list counts: nobody can be forgotten while the bucket fails.
 */
export function createForgottenPeople(
  bucket: Pick<BucketPort, 'list'>,
  { cacheMs = FORGOTTEN_CACHE_MS, now = () => performance.now() } = {},
): ForgottenPeople {
  let people: Set<string> | null = null;
  let readAtMs = -Infinity;
  let reading: Promise<Set<string>> | null = null;

  async function read(): Promise<Set<string>> {
    const startedAtMs = now();
    const found = new Set<string>();
    try {
      for await (const { key } of bucket.list(FORGOTTEN_PREFIX)) {
        const userId = forgottenUserId(key);
        if (userId !== null) found.add(userId);
      }
    } catch (error) {
      if (people === null) throw error;
      return people;
    }
    people = found;
    readAtMs = startedAtMs;
    return found;
  }

  async function current(): Promise<Set<string>> {
    if (people !== null && now() - readAtMs < cacheMs) return people;
    reading ??= read().finally(() => {
      reading = null;
    });
    return await reading;
  }

  return {
    async isForgotten(clip) {
      const forgotten = await current();
      return forgotten.size > 0 && postersOfClip(clip).some((id) => forgotten.has(id));
    },
  };
}
