import { mkdirSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { recordKey, type Clip } from '../../src/clip/clip.ts';
import { startFakeGcs } from '../../test/support/fake-gcs.ts';

/** An object as large as a usual record. */
const RECORD = JSON.stringify({ Id: '', padding: '.'.repeat(1000) });

const BUCKET = 'clips';

/**
 * The number of concurrent uploads or look-ups.
 */
const CONCURRENT_REQUESTS = 8;

/** A bucket with the records of the clips. */
export interface FilledBucket {
  /** Returns the keys of the message's records. */
  findRecords: (clip: Clip) => Promise<string[]>;
  stop: () => Promise<void>;
}

const prefixOf = ({ channelId, messageId }: Clip): string => `messages/${channelId}/${messageId}-`;

/**
 * Writes the records into a folder, under the same paths as Everclip's folder bucket. A look-up reads the folder of the
 * channel.
 */
export function fillFolderBucket(folder: string, clips: readonly Clip[]): FilledBucket {
  for (const clip of clips) {
    const path = join(folder, recordKey(clip));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, RECORD);
  }
  return {
    findRecords: async (clip) => {
      const directory = dirname(recordKey(clip));
      const names = await readdir(join(folder, directory));
      return names
        .map((name) => `${directory}/${name}`)
        .filter((key) => key.startsWith(prefixOf(clip)));
    },
    stop: () => Promise.resolve(),
  };
}

/** Fills a fake-gcs-server. A look-up lists the objects with the message's prefix. */
export async function fillFakeGcs(clips: readonly Clip[]): Promise<FilledBucket> {
  const gcs = await startFakeGcs(BUCKET);
  await inBatches(clips, async (clip) => {
    const name = encodeURIComponent(recordKey(clip));
    const url = `${gcs.apiEndpoint}/upload/storage/v1/b/${BUCKET}/o?uploadType=media&name=${name}`;
    const response = await fetch(url, { method: 'POST', body: RECORD });
    if (!response.ok) throw new Error(`fake-gcs-server answered ${response.status}`);
    await response.arrayBuffer();
  });
  return {
    findRecords: async (clip) => {
      const prefix = encodeURIComponent(prefixOf(clip));
      const response = await fetch(
        `${gcs.apiEndpoint}/storage/v1/b/${BUCKET}/o?prefix=${prefix}&fields=items(name)`,
      );
      const { items = [] } = (await response.json()) as { items?: { name: string }[] };
      return items.map(({ name }) => name);
    },
    stop: () => gcs.stop(),
  };
}

/** Runs `work` for every value, a few values at a time. */
export async function inBatches<T>(
  values: readonly T[],
  work: (value: T) => Promise<unknown>,
): Promise<void> {
  for (let at = 0; at < values.length; at += CONCURRENT_REQUESTS) {
    await Promise.all(values.slice(at, at + CONCURRENT_REQUESTS).map(work));
  }
}
