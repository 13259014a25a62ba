import { DISCORD_WEB_URL, type Clip, type Poster } from '../clip.ts';
import { userDataIdOfKey } from '../forget/people.ts';
import type { MessageContext } from '../message.ts';
import type { ClipRecord } from '../record.ts';
import { checkClip } from '../schemas/clip.ts';
import { cutTexts } from '../schemas/cut-texts.ts';
import { defined, objectsOf } from '../values.ts';

/**
 * Returns the clip that a stored record describes, or null if the record is malformed. Anybody with access to the bucket
 * can have written it. A workflow that starts with this clip writes the same record. The clip lacks what a record does
 * not have: the file name's own extension, the avatars and display names of its people, and the name of the user whose
 * command a bot answered.
 */
export function clipOfRecord(
  record: ClipRecord,
  { channelName, guildName }: Pick<MessageContext, 'channelName' | 'guildName'>,
): Clip | null {
  const [messageId = '', attachmentId = ''] = record.Id.split('-');
  const clip = defined<Clip>({
    messageId,
    attachmentId,
    channelId: record.channelId,
    channelName,
    guildId: record.guildId,
    guildName: record.guildId === null ? null : guildName,
    poster: posterOf(record),
    postedAtMs: msOf(record.Date),
    description: record.Description,
    // The record says only what is before the extension, and that may look like an extension, or be empty.
    filename: `${record.Filename}.mp4`,
    url: record.Attachment_URL,
    sizeBytes: record.Size,
    contentType: record.Content_Type,
    width: record.Width,
    height: record.Height,
    durationSeconds: record.Runtime,
    placeholder: record.Placeholder,
    title: record.Title,
    altText: record.Alt_Text,
    spoiler: record.Spoiler === true ? true : undefined,
    nsfw: record.Nsfw === true ? true : undefined,
    players: playersOf(record),
    game: record.Game,
    clippedAtMs: record.Clipped_At === undefined ? undefined : msOf(record.Clipped_At),
    postedBy: record.Posted_By_Id === undefined ? undefined : personWith(record.Posted_By_Id),
    webhookId: record.Webhook_Id,
    webUrl: webUrlOf(record.Link_to_message),
  });
  const { value } = checkClip(clip);
  return value && cutTexts(value);
}

function posterOf({ Poster, Poster_Id, User_Data }: ClipRecord): Poster {
  const userDataId = typeof User_Data === 'string' ? userDataIdOfKey(User_Data) : null;
  return {
    ...personWith(Poster_Id),
    username: Poster,
    displayName: Poster,
    ...(userDataId !== null && { userDataId }),
  };
}

function personWith(id: string): Poster {
  return { id, username: '', displayName: '', avatar: null };
}

function playersOf({ Players }: ClipRecord): Clip['players'] {
  if (Players === undefined) return undefined;
  return objectsOf(Players).map((player) => ({
    id: player.Id,
    username: player.Name,
    displayName: player.Display_Name,
  }));
}

function msOf(seconds: number): number {
  return Math.round(seconds * 1000);
}

/** Returns the origin of a link to a message, or undefined if it is Discord's origin or cannot be read. */
function webUrlOf(linkToMessage: string): string | undefined {
  const webUrl = /^(https?:\/\/.+)\/channels\/(?:\d+|@me)\/\d+\/\d+$/.exec(linkToMessage)?.[1];
  return webUrl === DISCORD_WEB_URL ? undefined : webUrl;
}
