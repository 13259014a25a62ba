import {
  type APIAttachment,
  type APIUnfurledMediaItem,
  type APIUser,
  type APIMessageTopLevelComponent,
  type Snowflake,
} from 'discord-api-types/v10';
import type { EmulatorContext } from '../context.ts';
import type { Component, StoredFile, StreamClip } from '../world/model.ts';

/** The part of the context that a file needs. */
export type FilePresenter = Pick<EmulatorContext, 'links' | 'quirks'> & {
  readonly presentUser: (id: Snowflake) => APIUser;
};

type MediaFacts = Pick<StoredFile, 'width' | 'height' | 'durationSeconds' | 'placeholder'>;

/** Presents a file as an attachment. */
export function presentAttachment(
  presenter: FilePresenter,
  file: StoredFile,
  messageId: Snowflake,
): APIAttachment {
  const { width, height, durationSeconds, placeholder } = factsOf(presenter, file);
  const { title, contentType, altText, flags, clip } = file;
  return {
    id: file.id,
    filename: file.filename,
    size: file.size,
    ...presentLinks(presenter, file, messageId),
    ...(title !== undefined && { title }),
    ...(altText !== undefined && { description: altText }),
    ...(contentType !== undefined && { content_type: contentType }),
    ...(width !== undefined && { width }),
    ...(height !== undefined && { height }),
    ...(durationSeconds !== undefined && { duration_secs: durationSeconds }),
    ...(placeholder !== undefined && { placeholder, placeholder_version: 1 }),
    ...(flags !== undefined && { flags }),
    ...(clip && presentClip(presenter, clip)),
  };
}

/**
 * Presents components. Each reference to a file (`attachment://<filename>`) becomes the file's media item. https://docs.discord.com/developers/components/reference#unfurled-media-item
 */
export function presentComponents(
  presenter: FilePresenter,
  components: readonly Component[],
  files: readonly StoredFile[],
  messageId: Snowflake,
): APIMessageTopLevelComponent[] {
  const present = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(present);
    if (typeof value !== 'object' || value === null) return value;
    const { url } = value as { url?: unknown };
    const file = files.find(({ filename }) => url === `attachment://${filename}`);
    if (file) return presentMediaItem(presenter, file, messageId);
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, present(each)]));
  };
  return present(components) as APIMessageTopLevelComponent[];
}

function presentMediaItem(
  presenter: FilePresenter,
  file: StoredFile,
  messageId: Snowflake,
): APIUnfurledMediaItem {
  const { width, height, placeholder } = factsOf(presenter, file);
  return {
    ...presentLinks(presenter, file, messageId),
    attachment_id: file.id,
    ...(file.contentType !== undefined && { content_type: file.contentType }),
    ...(width !== undefined && { width }),
    ...(height !== undefined && { height }),
    ...(placeholder !== undefined && { placeholder, placeholder_version: 1 }),
  };
}

function presentLinks(
  { links, quirks }: FilePresenter,
  file: StoredFile,
  messageId: Snowflake,
): { url: string; proxy_url: string } {
  const url = links.signAttachment(file, quirks.messageIdInLinks ? messageId : file.id);
  return { url, proxy_url: url };
}

function factsOf({ quirks }: FilePresenter, file: StoredFile): MediaFacts {
  return quirks.bareAttachments ? {} : file;
}

/** Discord's `application` object has more fields. The emulator sends only `id` and `name`, which identify the game. */
function presentClip(
  { presentUser }: FilePresenter,
  { createdAt, game, players }: StreamClip,
): Pick<APIAttachment, 'clip_created_at' | 'clip_participants' | 'application'> {
  return {
    clip_created_at: createdAt,
    clip_participants: players.map(presentUser),
    ...(game !== undefined && { application: { id: '0', name: game } as never }),
  };
}
