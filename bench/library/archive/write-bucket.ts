import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { channelKey } from '../../../src/clip/channel-record.ts';
import { recordKey, userDataKey } from '../../../src/clip/clip.ts';
import type { ClipRecord } from '../../../src/clip/record.ts';
import { CHANNELS_OF_ARCHIVE, POSTERS_OF_ARCHIVE, userDataOf } from './people.ts';
import { createRecord, type ArchiveSize } from './record.ts';

/**
 * Writes the objects of an archive into a new folder bucket. Writes plain files, because a write through the bucket
 * waits until the disk has the bytes, which takes minutes for 100,000 records.
 *
 * @returns the ids of the clips that are live, oldest first
 */
export function writeBucket(folder: string, size: ArchiveSize): string[] {
  const known = new Set<string>();
  const write = (key: string, value: unknown) => {
    const path = join(folder, key);
    const parent = dirname(path);
    if (!known.has(parent)) mkdirSync(parent, { recursive: true });
    known.add(parent);
    writeFileSync(path, JSON.stringify(value));
  };
  for (const channel of CHANNELS_OF_ARCHIVE) write(channelKey(channel.Id), channel);
  for (const poster of POSTERS_OF_ARCHIVE) write(userDataKey(poster.id), userDataOf(poster));
  const liveIds: string[] = [];
  for (let index = 0; index < size.clips; index++) {
    const record = createRecord(index, size);
    write(keyOf(record), record);
    if (record.Status === 'live') liveIds.push(record.Id);
  }
  return liveIds;
}

/** Returns the object key of a record. */
export function keyOf({ Id, Discord_id, channelId }: ClipRecord): string {
  const attachmentId = Id.slice(Discord_id.length + 1);
  return recordKey({ channelId, messageId: Discord_id, attachmentId });
}
