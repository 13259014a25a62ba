import type { APIAttachment, APIMessage, APIUser } from 'discord-api-types/v10';
import type { Clip, Poster } from './clip.ts';
import { resolveMentions, type Names } from './mentions.ts';

/** Where a message stands, which the message itself does not say. */
export interface MessageContext extends Names {
  channelId: string;
  channelName: string;
  guildId: string | null;
  guildName: string | null;
  /** The bot's own user id: its own messages are never clips. Null where it isn't known. */
  selfId: string | null;
}

/** Which attachments are clips: endings without a dot, in lower case. */
export type ClipTypes = readonly string[];

const CONTENT_TYPES: Record<string, string> = {
  mp4: 'video/mp4',
  mov: 'video/quicktime',
  webm: 'video/webm',
  mkv: 'video/x-matroska',
};

/** A message, or one that it forwards: compatible servers leave out what Discord's types promise. */
interface Part {
  content?: string | null;
  mentions?: APIUser[] | null;
  attachments?: APIAttachment[] | null;
}

/**
 * Every clip of a message: its own attachments and those of a message that it forwards
 * (`message_snapshots`). The one place where Discord's words become ours; takes the message as the
 * gateway and REST give it alike.
 */
export function clipsOfMessage(
  message: APIMessage,
  place: MessageContext,
  types: ClipTypes,
): Clip[] {
  if (message.author.id === place.selfId) return [];
  return partsOf(message).flatMap((part) =>
    (part.attachments ?? [])
      .filter((attachment) => isClip(attachment, types))
      .map((attachment) => clipOf(message, part, attachment, place)),
  );
}

/** What a message says about one of its attachments now. */
export interface FoundAttachment {
  attachment: APIAttachment;
  /** The text beside it, with mentions resolved by these names. */
  description: (names: Names) => string;
}

/** An attachment of a message, or of one that it forwards, by its id: names repeat within a message. */
export function findAttachment(message: APIMessage, attachmentId: string): FoundAttachment | null {
  for (const part of partsOf(message)) {
    const attachment = part.attachments?.find(({ id }) => id === attachmentId);
    if (attachment) {
      return { attachment, description: (names) => descriptionOf(message, part, names) };
    }
  }
  return null;
}

/** All attachments that a message carries, forwarded ones too. */
export const attachmentsOf = (message: APIMessage): APIAttachment[] =>
  partsOf(message).flatMap(({ attachments }) => attachments ?? []);

/** True if the message, or one that it forwards, carries an attachment of one of these types. */
export function hasClip(message: APIMessage, types: ClipTypes): boolean {
  return attachmentsOf(message).some((attachment) => isClip(attachment, types));
}

function partsOf(message: APIMessage): Part[] {
  const snapshots: readonly { message?: Part | null }[] = message.message_snapshots ?? [];
  return [message, ...snapshots.flatMap(({ message: part }) => part ?? [])];
}

const mentionsOf = (part: Part): APIUser[] => part.mentions ?? [];

function isClip(attachment: APIAttachment, types: ClipTypes): boolean {
  const ending = /\.([^.]+)$/.exec(attachment.filename)?.[1]?.toLowerCase();
  const contentType = attachment.content_type?.split(';')[0]?.trim().toLowerCase();
  return types.some((type) => ending === type || contentType === CONTENT_TYPES[type]);
}

function clipOf(
  message: APIMessage,
  part: Part,
  attachment: APIAttachment,
  place: MessageContext,
): Clip {
  const clip: Clip = {
    messageId: message.id,
    attachmentId: attachment.id,
    channelId: place.channelId,
    channelName: place.channelName,
    guildId: place.guildId,
    guildName: place.guildName,
    poster: posterOf(message),
    postedAtMs: Date.parse(message.timestamp),
    description: descriptionOf(message, part, place),
    filename: attachment.filename,
    url: attachment.url,
  };
  if (attachment.size) clip.sizeBytes = attachment.size;
  if (attachment.content_type) clip.contentType = attachment.content_type;
  if (attachment.width) clip.width = attachment.width;
  if (attachment.height) clip.height = attachment.height;
  if (attachment.duration_secs) clip.durationSeconds = attachment.duration_secs;
  if (attachment.placeholder) clip.placeholder = attachment.placeholder;
  return clip;
}

function descriptionOf(message: APIMessage, part: Part, names: Names): string {
  const text = message.content || part.content || '';
  return resolveMentions(text, [...mentionsOf(message), ...mentionsOf(part)], names);
}

function posterOf({ author }: APIMessage): Poster {
  return {
    id: author.id,
    username: author.username,
    displayName: author.global_name ?? author.username,
    avatar: author.avatar ?? null,
  };
}
