import type { APIAttachment, APIMessage, APIUser } from 'discord-api-types/v10';
import type { Clip, Player } from '../clip.ts';
import { hasContent, hasText } from './content.ts';
import { hasControls } from '../plain.ts';
import { isDiscordLink, isWebLink } from '../link.ts';
import { allowedUrl } from '../media-hosts.ts';
import { MAX_ITEMS } from '../schemas/cut-texts.ts';
import { isSnowflake } from '../snowflake.ts';
import { readComponents, type ComponentMedia } from './components.ts';
import { partsOf, type MessagePart } from './parts.ts';
import { defined, objectsOf, positiveOrNothing, textOrNothing } from '../values.ts';

/**
 * Bits of an attachment's `flags`.
 * Source: https://discord.com/developers/docs/resources/message#attachment-object-attachment-flags
 */
const IS_THUMBNAIL = 1 << 1;
const IS_SPOILER = 1 << 3;

/** Discord also blurs a file whose name has this prefix. */
const SPOILER_PREFIX = 'SPOILER_';

/** A file that a message shows, either as an attachment or only in a component. */
export interface MessageFile extends Pick<
  Clip,
  | 'filename'
  | 'url'
  | 'sizeBytes'
  | 'contentType'
  | 'width'
  | 'height'
  | 'durationSeconds'
  | 'placeholder'
  | 'title'
  | 'altText'
  | 'spoiler'
  | 'players'
  | 'game'
  | 'clippedAtMs'
> {
  /** The attachment's id. */
  id: string;
  /** Where the message shows the file. A component can show a file of any server. */
  from: 'attachments' | 'components';
  /**
   * True if the file is the thumbnail of a thread in a media channel. Discord does not show this thumbnail in the
   * message.
   */
  isThreadThumbnail: boolean;
}

/** Returns all files of a message and of the messages that it forwards, each once. */
export function attachmentsOf(message: APIMessage): MessageFile[] {
  return partsOf(message).flatMap(filesOf);
}

/**
 * True if the message lists an attachment whose id or link cannot be read. An attachment that seems to be missing may
 * be the unreadable attachment.
 */
export function hasUnreadableAttachment(
  message: APIMessage,
  mediaHosts: readonly string[],
): boolean {
  return partsOf(message).some(
    ({ attachments, components }) =>
      isUnreadableList(attachments) ||
      readComponents(components).media.some((media) => isUnreadableMedia(media, mediaHosts)),
  );
}

function isUnreadableList(attachments: unknown): boolean {
  if (attachments === undefined || attachments === null) return false;
  if (!Array.isArray(attachments)) return true;
  const listed: readonly (Partial<APIAttachment> | null)[] = attachments;
  return listed.some((attachment) => typeof attachment?.id !== 'string');
}

/**
 * False for media of other servers, which have a link and no attachment id. Discord's own hosts also have other pictures
 * than attachments, such as avatars.
 */
function isUnreadableMedia(component: ComponentMedia, mediaHosts: readonly string[]): boolean {
  if (fromComponent(component) !== null) return false;
  const { url, attachment_id: id } = component.media;
  if (isSnowflake(id) || !isWebLink(url)) return true;
  return !isDiscordLink(url) && allowedUrl(url, mediaHosts) !== null;
}

/**
 * True if Discord may have left out the attachments of an update. Such an update does not prove that a missing
 * attachment was removed. An update without a text proves the removal only if the update still shows another
 * attachment.
 */
export function mayLackAttachments(message: APIMessage): boolean {
  return !hasContent(message) || (!hasText(message) && attachmentsOf(message).length === 0);
}

/** Returns all files of one part of a message, each once. */
export function filesOf(part: MessagePart): MessageFile[] {
  const files = new Map<string, MessageFile>();
  for (const attachment of objectsOf(part.attachments)) {
    files.set(attachment.id, fromAttachment(attachment));
  }
  for (const media of readComponents(part.components).media) {
    const file = fromComponent(media);
    if (file === null) continue;
    const known = files.get(file.id);
    if (!known) files.set(file.id, file);
    else if (file.spoiler) known.spoiler = true;
  }
  return [...files.values()];
}

function fromAttachment(attachment: APIAttachment): MessageFile {
  const flags = attachment.flags ?? 0;
  const isSpoiler = (flags & IS_SPOILER) !== 0 || hasSpoilerName(attachment.filename);
  const clippedAtMs = Date.parse(attachment.clip_created_at ?? '');
  const players = objectsOf(attachment.clip_participants).slice(0, MAX_ITEMS).map(playerOf);
  return defined<MessageFile>({
    id: attachment.id,
    filename: attachment.filename,
    url: attachment.url,
    from: 'attachments',
    isThreadThumbnail: (flags & IS_THUMBNAIL) !== 0,
    sizeBytes: positiveOrNothing(attachment.size),
    contentType: textOrNothing(attachment.content_type),
    width: positiveOrNothing(attachment.width),
    height: positiveOrNothing(attachment.height),
    durationSeconds: positiveOrNothing(attachment.duration_secs),
    placeholder: textOrNothing(attachment.placeholder),
    title: textOrNothing(attachment.title),
    altText: textOrNothing(attachment.description),
    spoiler: isSpoiler || undefined,
    players: players.length > 0 ? players : undefined,
    game: textOrNothing(attachment.application?.name),
    clippedAtMs: Number.isNaN(clippedAtMs) ? undefined : clippedAtMs,
  });
}

function hasSpoilerName(filename: unknown): boolean {
  return typeof filename === 'string' && filename.startsWith(SPOILER_PREFIX);
}

function playerOf({ id, username, global_name }: APIUser): Player {
  return { id, username, displayName: global_name ?? username };
}

/** Returns null for media that nobody uploaded to Discord, because such media have no attachment id. */
function fromComponent(component: ComponentMedia): MessageFile | null {
  const { media } = component;
  const url = typeof media.url === 'string' ? media.url : '';
  const path = ATTACHMENT_PATH.exec(url);
  const id = [media.attachment_id, path?.[1]].find(isSnowflake);
  const filename = decodeName(path?.[2]) ?? textOrNothing(component.name);
  if (id === undefined || filename === undefined) return null;
  return defined<MessageFile>({
    id,
    filename,
    url,
    from: 'components',
    isThreadThumbnail: false,
    sizeBytes: positiveOrNothing(component.size),
    contentType: textOrNothing(media.content_type),
    width: positiveOrNothing(media.width),
    height: positiveOrNothing(media.height),
    durationSeconds: undefined,
    placeholder: textOrNothing(media.placeholder),
    title: undefined,
    altText: textOrNothing(component.altText),
    spoiler: component.spoiler || hasSpoilerName(filename) || undefined,
    players: undefined,
    game: undefined,
    clippedAtMs: undefined,
  });
}

/** Matches `/attachments/<channel>/<attachment>/<name>` in a URL. */
const ATTACHMENT_PATH = /^https?:\/\/[^/?#]+\/(?:[^?#]*\/)?attachments\/\d+\/(\d+)\/([^/?#]+)/i;

/**
 * Returns the decoded name. If the decoded name would contain control characters, the name stays encoded, because
 * people see the name.
 */
function decodeName(name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  try {
    const decoded = decodeURIComponent(name);
    return hasControls(decoded) ? name : decoded;
  } catch {
    return name;
  }
}
