import { randomUUID } from 'node:crypto';
import type { Bucket, GetFilesOptions } from '@google-cloud/storage';
import type { ListedObject } from '../../activities/ports.ts';
import { isValidKey } from '../object-key.ts';

/** The server returns at most this many objects in one response. */
const MAX_PAGE_OBJECTS = 1000;

/** One page of a list, with only the fields that Everclip asks for. */
interface Page {
  items?: { name?: unknown; generation?: unknown }[];
  nextPageToken?: string;
}

/**
 * Lists the objects whose keys begin with `prefix`, page by page. `retrying` runs the request for one page. Names that
 * are not object keys are left out, such as the empty object `messages/` that Google's console creates for a folder.
 *
 * @throws any error of `retrying`
 */
export async function* listObjects(
  bucket: Bucket,
  prefix: string,
  retrying: <T>(run: () => Promise<T>) => Promise<T>,
): AsyncGenerator<ListedObject> {
  let pageToken: string | undefined;
  do {
    const options: GetFilesOptions = {
      prefix,
      autoPaginate: false,
      maxResults: MAX_PAGE_OBJECTS,
      fields: 'items(name,generation),nextPageToken',
      ...(pageToken !== undefined && { pageToken }),
    };
    const [, , response] = await retrying(() => bucket.getFiles(options));
    const { items = [], nextPageToken } = response as Page;
    for (const { name, generation } of items) {
      if (typeof name !== 'string' || !isValidKey(name)) continue;
      yield { key: name, version: versionOf(generation) };
    }
    pageToken = nextPageToken;
  } while (pageToken);
}

/**
 * Returns the version in a response of the API, whose generations are numbers as texts. If a server has no generations,
 * the version is different each time, so that a changed object never looks unchanged.
 */
export function versionOf(generation: unknown): string {
  return typeof generation === 'string' || typeof generation === 'number'
    ? String(generation)
    : `unknown-${randomUUID()}`;
}
