import type { Snowflake } from 'discord-api-types/v10';
import type { FileSource } from './file-store.ts';
import type { Message, Snapshot, StoredFile } from './model.ts';
import { snowflakeTimeMs } from './snowflake.ts';
import { carriedFiles } from './state.ts';
import type { World } from './world.ts';

/** A file to attach: its bytes, or the path of a file that is never changed in place. */
export type NewFile = FileSource & {
  readonly filename: string;
  readonly contentType?: string;
  readonly width?: number;
  readonly height?: number;
  readonly durationSeconds?: number;
  readonly placeholder?: string;
};

export interface NewMessage {
  readonly channelId: Snowflake;
  readonly authorId: Snowflake;
  readonly content?: string;
  readonly files?: readonly NewFile[];
  /** Ids of the users that the content mentions. */
  readonly mentions?: readonly Snowflake[];
  /** The message that this message forwards. */
  readonly forwardOf?: MessageKey;
  /** When the message was posted; now by default. The message's id contains this time. */
  readonly timestamp?: Date;
  /** True: the message appears only in the history; the gateway sends no event. */
  readonly silent?: boolean;
}

/** Identifies one message of one channel. */
export interface MessageKey {
  readonly channelId: Snowflake;
  readonly messageId: Snowflake;
}

/** @throws Error if the channel, the author or the forwarded message does not exist */
export function postMessage(world: World, input: NewMessage): Message {
  const { channelId, authorId, timestamp } = input;
  world.requireChannel(channelId);
  if (!world.state.users.has(authorId)) throw new Error(`user ${authorId} not found`);
  const newId = () => (timestamp ? world.ids.at(timestamp.getTime()) : world.ids.now());
  const files = (input.files ?? []).map((file) => storeFile(world, channelId, newId(), file));
  const id = newId();
  const message: Message = {
    id,
    channelId,
    authorId,
    content: input.content ?? '',
    // As on Discord, a message's time is the time in the message's id.
    timestamp: new Date(snowflakeTimeMs(id)).toISOString(),
    editedTimestamp: null,
    files,
    mentions: input.mentions ?? [],
    forward: input.forwardOf ? takeSnapshot(world, input.forwardOf) : null,
  };
  world.commit({ put: 'message', value: message });
  if (!input.silent) world.onEvent({ type: 'messageCreate', message });
  return message;
}

/**
 * Replaces a message's content.
 * @throws Error if the message does not exist
 */
export function editMessage(
  world: World,
  edit: MessageKey & { readonly content: string },
): Message {
  return saveEdit(world, { ...requireMessage(world, edit), content: edit.content });
}

/**
 * Removes one attachment from a message, as the message's author can. The attachment's links stop working at once.
 * @throws Error if the message does not exist
 */
export function removeAttachment(
  world: World,
  key: MessageKey & { readonly attachmentId: Snowflake },
): Message {
  const old = requireMessage(world, key);
  const files = old.files.filter(({ id }) => id !== key.attachmentId);
  const message = saveEdit(world, { ...old, files });
  world.removeUnusedFiles(old.files);
  return message;
}

/** @throws Error if the message does not exist */
export function deleteMessage(world: World, key: MessageKey): void {
  removeMessage(world, key);
  world.onEvent({ type: 'messageDelete', channelId: key.channelId, id: key.messageId });
}

/**
 * Deletes messages of one channel, with a single gateway event.
 * @throws Error if one of the messages does not exist
 */
export function bulkDelete(world: World, channelId: Snowflake, ids: readonly Snowflake[]): void {
  for (const messageId of ids) removeMessage(world, { channelId, messageId });
  world.onEvent({ type: 'messageDeleteBulk', channelId, ids: [...ids] });
}

function requireMessage(world: World, { channelId, messageId }: MessageKey): Message {
  const message = world.state.findMessage(channelId, messageId);
  if (message === null) throw new Error(`message ${messageId} not found in channel ${channelId}`);
  return message;
}

function saveEdit(world: World, changed: Message): Message {
  const message = { ...changed, editedTimestamp: new Date().toISOString() };
  world.commit({ put: 'message', value: message });
  world.onEvent({ type: 'messageUpdate', message });
  return message;
}

function removeMessage(world: World, key: MessageKey): void {
  const message = requireMessage(world, key);
  world.commit({ gone: 'message', id: message.id, channelId: message.channelId });
  world.removeUnusedFiles(carriedFiles(message));
}

function storeFile(world: World, channelId: Snowflake, id: Snowflake, file: NewFile): StoredFile {
  const size = world.files.put(id, file);
  const { width, height, durationSeconds, contentType, placeholder } = file;
  const filename = toDiscordFilename(file.filename);
  return {
    id,
    channelId,
    filename,
    ...(filename !== file.filename && { title: file.filename.replace(/\.[^.]*$/, '') }),
    size,
    ...(contentType !== undefined && { contentType }),
    ...(width !== undefined && { width }),
    ...(height !== undefined && { height }),
    ...(durationSeconds !== undefined && { durationSeconds }),
    ...(placeholder !== undefined && { placeholder }),
  };
}

/**
 * Removes the characters that Discord would remove from a file's name. ASCII letters, digits, dots, dashes and
 * underscores remain. Discord keeps the original name, without the extension, as the attachment's title.
 */
function toDiscordFilename(name: string): string {
  return name.replaceAll(' ', '_').replace(/[^\w.-]/g, '') || 'unknown';
}

function takeSnapshot(world: World, key: MessageKey): Snapshot {
  const original = requireMessage(world, key);
  return {
    guildId: world.requireChannel(key.channelId).guildId,
    channelId: key.channelId,
    messageId: key.messageId,
    content: original.content,
    timestamp: original.timestamp,
    editedTimestamp: original.editedTimestamp,
    files: original.files,
  };
}
