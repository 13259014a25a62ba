import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ChannelRecord } from '../../../src/clip/channel-record.ts';
import { messageLink, recordKey } from '../../../src/clip/clip.ts';
import { parseRecord, type ClipRecord } from '../../../src/clip/record.ts';

const DAY_SECONDS = 24 * 60 * 60;
const GUILD_ID = '100000000000000009';
const CHANNEL_ID = '100000000000000008';

/** Writes an object into the bucket of a data folder. Everclip must not write the object at the same time. */
export async function writeObject(dataDir: string, key: string, body: string): Promise<void> {
  const path = join(dataDir, 'bucket', key);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, body);
}

/** Returns the record of a live clip, with other values for some fields. */
export function recordWith(
  channelId: string,
  id: string,
  fields: Partial<Record<keyof ClipRecord, unknown>>,
): Record<string, unknown> {
  const [messageId = ''] = id.split('-');
  const nowSeconds = Math.floor(Date.now() / 1000);
  const record: ClipRecord = {
    Id: id,
    Discord_id: messageId,
    Poster: 'mallory',
    Poster_Id: '100000000000000003',
    Date: nowSeconds,
    Link_to_message: messageLink({ channelId, messageId, guildId: GUILD_ID }),
    Description: 'hello',
    Attachment_URL: 'https://media.example/a.mp4',
    Filename: 'a',
    Expire_Timestamp: nowSeconds + DAY_SECONDS,
    channelId,
    guildId: GUILD_ID,
    Status: 'live',
    Revision: 1,
    Attempt: 1,
  };
  return { ...record, ...fields };
}

/**
 * Writes records of clips that no workflow knows, as after a move of the bucket, and the record of their channel. Their
 * links are valid for a day, but the CDN knows no such files. Returns the ids of the clips.
 */
export async function writeOldRecords(
  dataDir: string,
  { count, cdnOrigin }: { count: number; cdnOrigin: string },
): Promise<string[]> {
  const expiry = (Math.floor(Date.now() / 1000) + DAY_SECONDS).toString(16);
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const messageId = String(10n ** 17n + BigInt(index));
    const attachmentId = String(2n * 10n ** 17n + BigInt(index));
    const id = `${messageId}-${attachmentId}`;
    const path = `/attachments/${CHANNEL_ID}/${attachmentId}/old.mp4`;
    const record = recordWith(CHANNEL_ID, id, {
      Attachment_URL: `${cdnOrigin}${path}?ex=${expiry}&is=1&hm=00`,
    });
    const key = recordKey({ channelId: CHANNEL_ID, messageId, attachmentId });
    await writeObject(dataDir, key, JSON.stringify(record));
    ids.push(id);
  }
  const channel: ChannelRecord = {
    Id: CHANNEL_ID,
    Name: 'old-clips',
    guildId: GUILD_ID,
    Guild_Name: 'Clip club',
    Parent_Id: null,
    Parent_Name: null,
    Nsfw: false,
    Public: true,
  };
  await writeObject(dataDir, `channels/${CHANNEL_ID}.json`, JSON.stringify(channel));
  return ids;
}

/** Returns the ids of all records in the bucket of a data folder, sorted. */
export async function readRecordIds(dataDir: string): Promise<string[]> {
  const folder = join(dataDir, 'bucket', 'messages');
  // The first record creates the folder.
  const files = await readdir(folder, { recursive: true }).catch(() => []);
  return files
    .map((file) => /([\d-]+)\.json$/.exec(file)?.[1])
    .filter((id) => id !== undefined)
    .sort();
}

/** True if the thumbnails of all clips in the bucket of a data folder are made, or can't be made. */
export async function areThumbnailsDone(dataDir: string): Promise<boolean> {
  const folder = join(dataDir, 'bucket', 'messages');
  const files = await readdir(folder, { recursive: true });
  for (const file of files.filter((name) => name.endsWith('.json'))) {
    const record = parseRecord(await readFile(join(folder, file), 'utf8'));
    if (record?.Thumbnail === undefined && record?.Thumbnail_Error === undefined) return false;
  }
  return true;
}
