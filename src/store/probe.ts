import { randomUUID } from 'node:crypto';
import type { Config } from '../config.ts';
import { bucketLocation, createBucket } from './bucket.ts';

/**
 * Writes, reads and deletes an object, which proves that all needed permissions are granted.
 * @throws Error with one sentence that says what to do
 */
export async function probeBucket(config: Config): Promise<string> {
  const location = bucketLocation(config);
  const key = `probe/${randomUUID()}.json`;
  const bucket = createBucket(config);
  await bucket.write(key, '{}', { contentType: 'application/json', cacheControl: 'no-store' });
  const found = await bucket.read(key);
  if (found?.body !== '{}') {
    throw new Error(
      `${location} did not return the object that was just written: check the storage server`,
    );
  }
  await bucket.delete(key);
  return `wrote, read and deleted an object in ${location}`;
}
