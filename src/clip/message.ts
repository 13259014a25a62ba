import type { APIMessage } from 'discord-api-types/v10';
import { DISCORD_WEB_URL, type Clip } from './clip.ts';
import type { ClipDetails } from './message/details.ts';
import { allowedUrl } from './media-hosts.ts';
import { namesIn, resolveMentions, type Names, type NamesOfChannel } from './message/mentions.ts';
import { attachmentsOf, filesOf, type MessageFile } from './message/files.ts';
import { partsOf, textOf, type MessagePart } from './message/parts.ts';
import { postedByOf, posterOf, webhookIdOf } from './message/poster.ts';
import { MAX_MESSAGE_CHARACTERS } from './schemas/cut-texts.ts';
import { snowflakeTimeMs } from './snowflake.ts';
import { defined, objectsOf } from './values.ts';

/** The channel and guild of a message, and the names that its text may mention. */
export interface MessageContext extends NamesOfChannel {
  guildId: string | null;
  guildName: string | null;
  /** The bot's user id; null if it is unknown. Attachments that the bot posted itself are not clips. */
  selfId: string | null;
  /** True if the channel, or the parent channel of a thread, is age-restricted; absent otherwise. */
  isAgeRestricted?: true;
}

/** The settings that decide which files are clips, and where their links lead. */
export interface ClipRules {
  /** The types of clips (CLIP_TYPES), as file extensions without a dot, in lower case. */
  types: readonly string[];
  /**
   * Origins (MEDIA_HOSTS). A component can show a file from any server, but the file is a clip only if its URL has one
   * of these origins.
   */
  mediaHosts: readonly string[];
  /** The origin of links to messages (DISCORD_WEB_URL); Discord's by default. */
  webUrl?: string;
}

const CONTENT_TYPES: Record<string, string> = {
  mp4: 'video/mp4',
  m4v: 'video/x-m4v',
  mov: 'video/quicktime',
  webm: 'video/webm',
  mkv: 'video/x-matroska',
};

/**
 * Returns every clip of a message, including the clips of a forwarded message (`message_snapshots`). Messages from the
 * gateway and from REST have the same format. Only this file converts Discord's fields into a clip.
 */
export function clipsOfMessage(
  message: APIMessage,
  context: MessageContext,
  rules: ClipRules,
): Clip[] {
  if (message.author.id === context.selfId) return [];
  return partsOf(message).flatMap((part) =>
    filesOf(part)
      .filter((file) => isClip(file, rules))
      .map((file) => createClip(message, part, file, { context, rules })),
  );
}

/** An attachment that was found in a message. */
export interface FoundAttachment {
  attachment: MessageFile;
  /** Returns the text of the attachment's message. Without a channel, mentions of channels and roles stay unresolved. */
  description: (channel?: NamesOfChannel) => string;
  /** The other details that the message says about the clip. */
  details: ClipDetails;
}

/**
 * Finds an attachment by its id, because file names repeat within a message. Components show attachments too, so a
 * message that was edited into components keeps its clips. Returns null if the attachment is missing.
 */
export function findAttachment(
  message: APIMessage,
  attachmentId: string,
  rules: Pick<ClipRules, 'mediaHosts' | 'webUrl'>,
): FoundAttachment | null {
  for (const part of partsOf(message)) {
    const attachment = filesOf(part).find(
      (file) => file.id === attachmentId && hasTrustedLink(file, rules),
    );
    if (attachment) {
      return {
        attachment,
        description: (channel) => describeMessage(message, part, channel ? namesIn(channel) : {}),
        details: describeFile(message, attachment, rules),
      };
    }
  }
  return null;
}

/** True if the message, or a message that it forwards, has a clip. */
export function hasClip(message: APIMessage, rules: ClipRules): boolean {
  return attachmentsOf(message).some((file) => isClip(file, rules));
}

/**
 * A component can show a file from any server. The URL of such a file can even have the same path as an attachment of
 * Discord.
 */
function hasTrustedLink(file: MessageFile, { mediaHosts }: Pick<ClipRules, 'mediaHosts'>): boolean {
  return file.from === 'attachments' || allowedUrl(file.url, mediaHosts) !== null;
}

function isClip(file: MessageFile, rules: ClipRules): boolean {
  if (file.isThreadThumbnail || !hasTrustedLink(file, rules)) return false;
  const extension = /\.([^.]+)$/.exec(file.filename)?.[1]?.toLowerCase();
  const contentType = file.contentType?.split(';')[0]?.trim().toLowerCase();
  return rules.types.some((type) => extension === type || contentType === CONTENT_TYPES[type]);
}

function createClip(
  message: APIMessage,
  part: MessagePart,
  file: MessageFile,
  { context, rules }: { context: MessageContext; rules: ClipRules },
): Clip {
  const { sizeBytes, contentType, width, height, durationSeconds, placeholder } = file;
  return {
    messageId: message.id,
    attachmentId: file.id,
    channelId: context.channelId,
    channelName: context.channelName,
    guildId: context.guildId,
    guildName: context.guildName,
    poster: posterOf(message),
    postedAtMs: Date.parse(message.timestamp) || snowflakeTimeMs(message.id),
    description: describeMessage(message, part, namesIn(context)),
    filename: file.filename,
    url: file.url,
    ...defined({
      sizeBytes,
      contentType,
      width,
      height,
      durationSeconds,
      placeholder,
      nsfw: context.isAgeRestricted,
      postedBy: postedByOf(message) ?? undefined,
    }),
    ...describeFile(message, file, rules),
  };
}

function describeFile(
  message: APIMessage,
  { title, altText, spoiler, players, game, clippedAtMs }: MessageFile,
  { webUrl }: Pick<ClipRules, 'webUrl'>,
): ClipDetails {
  return defined<ClipDetails>({
    title,
    altText,
    spoiler,
    players,
    game,
    clippedAtMs,
    webhookId: webhookIdOf(message) ?? undefined,
    webUrl: webUrl === DISCORD_WEB_URL ? undefined : webUrl,
  });
}

function describeMessage(message: APIMessage, part: MessagePart, names: Names): string {
  const whole: MessagePart = message;
  const users = [...objectsOf(whole.mentions), ...objectsOf(part.mentions)];
  const text = resolveMentions(textOf(whole) || textOf(part), users, names);
  return text.slice(0, MAX_MESSAGE_CHARACTERS);
}
