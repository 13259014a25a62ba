import type { APIAttachment, APIMessage, APIUser } from 'discord-api-types/v10';
import type { Clip, Poster } from './clip.ts';
import { resolveMentions, type Names } from './mentions.ts';

/** The channel and guild of a message, and the names that its text may mention. */
export interface MessageContext extends Names {
  channelId: string;
  channelName: string;
  guildId: string | null;
  guildName: string | null;
  /** The bot's user id; null if it is unknown. Attachments that the bot posted itself are not clips. */
  selfId: string | null;
}

/** Which attachments are clips: file extensions without a dot, in lower case. */
export type ClipTypes = readonly string[];

const CONTENT_TYPES: Record<string, string> = {
  mp4: 'video/mp4',
  mov: 'video/quicktime',
  webm: 'video/webm',
  mkv: 'video/x-matroska',
};

/**
 * A message or the snapshot of a forwarded message. The fields are optional, because compatible servers omit some
 * fields that Discord always sends.
 */
interface MessagePart {
  content?: string | null;
  mentions?: APIUser[] | null;
  attachments?: APIAttachment[] | null;
}

/**
 * Returns every clip of a message: its own attachments and those of a forwarded message (`message_snapshots`). Messages
 * from the gateway and from REST have the same format. Only this file converts Discord's fields into a clip.
 */
export function clipsOfMessage(
  message: APIMessage,
  context: MessageContext,
  types: ClipTypes,
): Clip[] {
  if (message.author.id === context.selfId) return [];
  return partsOf(message).flatMap((part) =>
    (part.attachments ?? [])
      .filter((attachment) => isClip(attachment, types))
      .map((attachment) => createClip(message, part, attachment, context)),
  );
}

/** An attachment that was found in a message. */
export interface FoundAttachment {
  attachment: APIAttachment;
  /** Returns the text of the attachment's message, with mentions resolved by `names`. */
  description: (names: Names) => string;
}

/**
 * Finds an attachment by its id, because file names repeat within a message. Returns null if the attachment is missing.
 */
export function findAttachment(message: APIMessage, attachmentId: string): FoundAttachment | null {
  for (const part of partsOf(message)) {
    const attachment = part.attachments?.find(({ id }) => id === attachmentId);
    if (attachment) {
      return { attachment, description: (names) => describeMessage(message, part, names) };
    }
  }
  return null;
}

/** All attachments of a message, including those of a forwarded message. */
export function attachmentsOf(message: APIMessage): APIAttachment[] {
  return partsOf(message).flatMap(({ attachments }) => attachments ?? []);
}

/** True if the message, or a message that it forwards, has an attachment of one of these types. */
export function hasClip(message: APIMessage, types: ClipTypes): boolean {
  return attachmentsOf(message).some((attachment) => isClip(attachment, types));
}

function partsOf(message: APIMessage): MessagePart[] {
  const snapshots: readonly { message?: MessagePart | null }[] = message.message_snapshots ?? [];
  return [message, ...snapshots.flatMap(({ message: part }) => part ?? [])];
}

function isClip(attachment: APIAttachment, types: ClipTypes): boolean {
  const extension = /\.([^.]+)$/.exec(attachment.filename)?.[1]?.toLowerCase();
  const contentType = attachment.content_type?.split(';')[0]?.trim().toLowerCase();
  return types.some((type) => extension === type || contentType === CONTENT_TYPES[type]);
}

function createClip(
  message: APIMessage,
  part: MessagePart,
  attachment: APIAttachment,
  context: MessageContext,
): Clip {
  const clip: Clip = {
    messageId: message.id,
    attachmentId: attachment.id,
    channelId: context.channelId,
    channelName: context.channelName,
    guildId: context.guildId,
    guildName: context.guildName,
    poster: posterOf(message),
    postedAtMs: Date.parse(message.timestamp),
    description: describeMessage(message, part, context),
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

function describeMessage(message: APIMessage, part: MessagePart, names: Names): string {
  const whole: MessagePart = message;
  const text = whole.content || part.content || '';
  return resolveMentions(text, [...(whole.mentions ?? []), ...(part.mentions ?? [])], names);
}

function posterOf({ author }: APIMessage): Poster {
  return {
    id: author.id,
    username: author.username,
    displayName: author.global_name ?? author.username,
    avatar: author.avatar ?? null,
  };
}
