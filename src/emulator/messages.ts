import type { Snowflake } from 'discord-api-types/v10';

import type { FileSource } from './files.ts';
import type { Message, Snapshot, StoredFile } from './model.ts';
import { snowflakeTimeMs } from './snowflake.ts';
import { carriedFiles } from './state.ts';
import type { World } from './world.ts';

/** A file to attach: its bytes, or the path of a file that nobody changes in place. */
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
  /** The message that this one forwards. */
  readonly forwardOf?: { readonly channelId: Snowflake; readonly messageId: Snowflake };
  /** When it was posted; now unless said otherwise. The id follows from it. */
  readonly timestamp?: Date;
  /** History only: the gateway says nothing of it. */
  readonly silent?: boolean;
}

/** Names one message of one channel. */
export interface MessageKey {
  readonly channelId: Snowflake;
  readonly messageId: Snowflake;
}

/** @throws Error when channel, author or the forwarded message isn't there */
export function postMessage(world: World, input: NewMessage): Message {
  const { channelId, authorId, timestamp } = input;
  world.channel(channelId);
  if (!world.state.users.has(authorId)) throw new Error(`there is no user ${authorId}`);
  const newId = () => (timestamp ? world.ids.at(timestamp.getTime()) : world.ids.now());
  const files = (input.files ?? []).map((file) => storeFile(world, channelId, newId(), file));
  const id = newId();
  const message: Message = {
    id,
    channelId,
    authorId,
    content: input.content ?? '',
    // As on Discord: a message's time is that of its id.
    timestamp: new Date(snowflakeTimeMs(id)).toISOString(),
    editedTimestamp: null,
    files,
    mentions: input.mentions ?? [],
    forward: input.forwardOf ? snapshot(world, input.forwardOf) : null,
  };
  world.commit({ put: 'message', value: message });
  if (!input.silent) world.onEvent({ type: 'messageCreate', message });
  return message;
}

/** Changes what a message says. */
export function editMessage(
  world: World,
  edit: MessageKey & { readonly content: string },
): Message {
  return update(world, { ...existing(world, edit), content: edit.content });
}

/** Takes one attachment off a message, as its author can; its link is dead at once. */
export function removeAttachment(
  world: World,
  key: MessageKey & { readonly attachmentId: Snowflake },
): Message {
  const old = existing(world, key);
  const files = old.files.filter(({ id }) => id !== key.attachmentId);
  const message = update(world, { ...old, files });
  world.dropUnused(old.files);
  return message;
}

export function deleteMessage(world: World, key: MessageKey): void {
  erase(world, key);
  world.onEvent({ type: 'messageDelete', channelId: key.channelId, id: key.messageId });
}

/** Deletes several messages of one channel; the gateway tells of them in one event. */
export function bulkDelete(world: World, channelId: Snowflake, ids: readonly Snowflake[]): void {
  for (const messageId of ids) erase(world, { channelId, messageId });
  world.onEvent({ type: 'messageDeleteBulk', channelId, ids: [...ids] });
}

function existing(world: World, { channelId, messageId }: MessageKey): Message {
  const message = world.state.message(channelId, messageId);
  if (message === undefined) throw new Error(`there is no message ${messageId} in ${channelId}`);
  return message;
}

function update(world: World, changed: Message): Message {
  const message = { ...changed, editedTimestamp: new Date().toISOString() };
  world.commit({ put: 'message', value: message });
  world.onEvent({ type: 'messageUpdate', message });
  return message;
}

function erase(world: World, key: MessageKey): void {
  const message = existing(world, key);
  world.commit({ gone: 'message', id: message.id, channelId: message.channelId });
  world.dropUnused(carriedFiles(message));
}

function storeFile(world: World, channelId: Snowflake, id: Snowflake, file: NewFile): StoredFile {
  const size = world.files.put(id, file);
  const { width, height, durationSeconds, contentType, placeholder } = file;
  // Discord keeps letters, digits, dot, dash and underscore of ASCII, and the whole name as the
  // title.
  const filename = file.filename.replaceAll(' ', '_').replace(/[^\w.-]/g, '') || 'unknown';
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

function snapshot(world: World, key: MessageKey): Snapshot {
  const { content, timestamp, editedTimestamp, files } = existing(world, key);
  const { guildId } = world.channel(key.channelId);
  return { guildId, ...key, content, timestamp, editedTimestamp, files };
}
