import type { CatalogChange, ClipQuery } from '../../src/catalog/catalog.ts';
import type { ClipRecord } from '../../src/clip/record.ts';

export const CHANNEL = '1196521684992000058';
export const POSTER = '356003082141696426';
export const EVERYTHING: Pick<ClipQuery, 'audience'> = { audience: { everything: true } };
/** 2024-03-01, in epoch seconds. */
const FIRST_DATE = 1_709_287_200;

/** The id of the nth clip. Later clips have later dates. */
export function idOf(n: number): string {
  return `${1_213_063_181_631_516_600n + BigInt(n)}-${1_213_063_179_848_942_500n + BigInt(n)}`;
}

/** The nth record, with other fields in `fields`. Its message is posted `n` seconds after the first record's. */
export function recordOf(
  n: number,
  fields: Partial<Record<keyof ClipRecord, unknown>> = {},
): ClipRecord {
  const [messageId = '', attachmentId = ''] = idOf(n).split('-');
  const channelId = typeof fields.channelId === 'string' ? fields.channelId : CHANNEL;
  return {
    Id: idOf(n),
    Discord_id: messageId,
    Poster: 'soho',
    Poster_Id: POSTER,
    Date: FIRST_DATE + n,
    Link_to_message: `https://discord.com/channels/@me/${channelId}/${messageId}`,
    Description: '',
    Attachment_URL: `https://cdn.discordapp.com/attachments/${channelId}/${attachmentId}/video.mp4?ex=66093420&is=6607e2a0&hm=00c0ffee4c0b1a`,
    Filename: 'video',
    Expire_Timestamp: 1_711_879_200,
    channelId,
    guildId: null,
    Status: 'live',
    Revision: 1,
    Attempt: 1,
    ...(fields as Partial<ClipRecord>),
  };
}

/** The change that tells of the nth record. */
export function recordChange(
  n: number,
  fields: Partial<Record<keyof ClipRecord, unknown>> = {},
): Extract<CatalogChange, { kind: 'record' }> {
  const record = recordOf(n, fields);
  return { kind: 'record', key: keyOf(record), version: `${n}.${record.Revision}`, record };
}

export function keyOf({ channelId, Id }: Pick<ClipRecord, 'channelId' | 'Id'>): string {
  return `messages/${channelId}/${Id}.json`;
}

export function channelChange(
  id: string,
  name: string,
  fields: { Public?: boolean; Nsfw?: boolean; Parent_Id?: string; Parent_Name?: string } = {},
): CatalogChange {
  return {
    kind: 'channel',
    key: `channels/${id}.json`,
    version: name,
    channel: {
      Id: id,
      Name: name,
      guildId: null,
      Guild_Name: null,
      Parent_Id: null,
      Parent_Name: null,
      Nsfw: false,
      Public: true,
      ...fields,
    },
  };
}

export function userChange(id: string, name: string, displayName = name): CatalogChange {
  return {
    kind: 'user',
    key: `userData/${id}.json`,
    version: `${name} ${displayName}`,
    user: {
      Id: id,
      Name: name,
      Display_Name: displayName,
      Url: `https://cdn.discordapp.com/avatars/${id}/00.png`,
      Icon: `userData/${id}.png`,
    },
  };
}
