import { createHash } from 'node:crypto';

/** An object in the bucket. */
export interface StoredObject {
  readonly bytes: Buffer;
  /** SHA-256 of the bytes, in hexadecimal. */
  readonly hash: string;
}

interface Listed {
  readonly name: string;
  readonly generation?: string;
  readonly md5Hash?: string;
}

const CONCURRENT_READS = 16;
const MAX_TRIES = 3;

/** Reads the whole bucket. A later read fetches only the objects that have changed. */
export function createBucketReader(
  apiEndpoint: string,
  bucketName: string,
): () => Promise<Map<string, StoredObject>> {
  const base = `${apiEndpoint}/storage/v1/b/${bucketName}/o`;
  const known = new Map<string, { version: string; object: StoredObject }>();

  async function list(): Promise<Listed[]> {
    const found: Listed[] = [];
    let token = '';
    do {
      const response = await fetch(`${base}?pageToken=${encodeURIComponent(token)}`);
      const page = (await response.json()) as { items?: Listed[]; nextPageToken?: string };
      found.push(...(page.items ?? []));
      token = page.nextPageToken ?? '';
    } while (token !== '');
    return found;
  }

  async function read({ name, generation, md5Hash }: Listed): Promise<StoredObject | null> {
    const version = `${generation ?? ''} ${md5Hash ?? ''}`;
    const before = known.get(name);
    if (before?.version === version) return before.object;
    for (let tries = 1; tries <= MAX_TRIES; tries++) {
      const response = await fetch(`${base}/${encodeURIComponent(name)}?alt=media`);
      if (!response.ok) continue;
      const bytes = Buffer.from(await response.arrayBuffer());
      const object = { bytes, hash: createHash('sha256').update(bytes).digest('hex') };
      known.set(name, { version, object });
      return object;
    }
    return null;
  }

  return async () => {
    const objects = new Map<string, StoredObject>();
    const listed = await list();
    const readNext = async (): Promise<void> => {
      for (let next = listed.pop(); next; next = listed.pop()) {
        const object = await read(next);
        if (object) objects.set(next.name, object);
      }
    };
    await Promise.all(Array.from({ length: CONCURRENT_READS }, readNext));
    return objects;
  };
}
