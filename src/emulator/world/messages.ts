import type { AttachmentFlags, Snowflake } from 'discord-api-types/v10';
import { avatarFileName, type FileSource } from './file-store.ts';
import type {
  Component,
  Message,
  Snapshot,
  StoredFile,
  StreamClip,
  WebhookAuthor,
} from './model.ts';
import { snowflakeTimeMs } from './snowflake.ts';
import { carriedFiles } from './state.ts';
import { hashAvatar, type World } from './world.ts';

/** A file to attach, given as bytes or as the path of a file that is never changed in place. */
export type NewFile = FileSource & {
  readonly filename: string;
  readonly contentType?: string;
  readonly width?: number;
  readonly height?: number;
  readonly durationSeconds?: number;
  readonly placeholder?: string;
  readonly altText?: string;
  readonly flags?: AttachmentFlags;
  readonly clip?: StreamClip;
  /** The attachment's title. If Discord changes the file's name, the default title is the name before the change. */
  readonly title?: string;
};

/** What a message shows as its author if a webhook posts it. */
export interface NewWebhook {
  readonly id: Snowflake;
  readonly username: string;
  /** The avatar's picture, a PNG. */
  readonly avatar?: Uint8Array;
}

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
  /** True if the message appears only in the history, and the gateway sends no event. */
  readonly silent?: boolean;
  /** Components V2. To show a file of the message, a component refers to the file as `attachment://<filename>`. */
  readonly components?: readonly Component[];
  /** Posts the message as this webhook; `authorId` must be the webhook's id. */
  readonly webhook?: NewWebhook;
  /**
   * If the message is a bot's answer to a command, the id of the user who ran the command. The message's author is the
   * bot.
   */
  readonly commandBy?: Snowflake;
}

/** Identifies one message of one channel. */
export interface MessageKey {
  readonly channelId: Snowflake;
  readonly messageId: Snowflake;
}

/** @throws Error if the channel, the author or the forwarded message does not exist */
export function postMessage(world: World, input: NewMessage): Message {
  const { channelId, authorId, timestamp, components, webhook, commandBy } = input;
  world.requireChannel(channelId);
  if (!world.state.users.has(authorId) && webhook?.id !== authorId) {
    throw new Error(`user ${authorId} not found`);
  }
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
    ...(components && { components }),
    ...(webhook && { webhook: storeWebhook(world, webhook) }),
    ...(commandBy !== undefined && { commandBy }),
  };
  world.commit({ put: 'message', value: message });
  if (!input.silent) world.onEvent({ type: 'messageCreate', message });
  return message;
}

/**
 * An edit of a message, which has either a new content or components that show the message's files from now on. If
 * `components` is null, the files become attachments again, as some compatible servers allow.
 */
export type MessageEdit = MessageKey & {
  readonly content?: string;
  readonly components?: readonly Component[] | null;
};

/**
 * Replaces a message's content or components.
 * @throws Error if the message does not exist
 */
export function editMessage(world: World, edit: MessageEdit): Message {
  const { content, components } = edit;
  const { components: before, ...old } = requireMessage(world, edit);
  const after = components === undefined ? before : components;
  return saveEdit(world, {
    ...old,
    ...(content !== undefined && { content }),
    ...(after && { components: after }),
  });
}

/** An edit of one attachment. */
export type AttachmentEdit = MessageKey & {
  readonly attachmentId: Snowflake;
  readonly title?: string;
  readonly altText?: string;
  readonly flags?: AttachmentFlags;
};

/**
 * Changes what a message says about one of its attachments.
 * @throws Error if the message does not exist
 */
export function editAttachment(world: World, edit: AttachmentEdit): Message {
  const { channelId, messageId, attachmentId, title, altText, flags } = edit;
  const changes = {
    ...(title !== undefined && { title }),
    ...(altText !== undefined && { altText }),
    ...(flags !== undefined && { flags }),
  };
  const old = requireMessage(world, { channelId, messageId });
  const files = old.files.map((file) =>
    file.id === attachmentId ? { ...file, ...changes } : file,
  );
  return saveEdit(world, { ...old, files });
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
  const { width, height, durationSeconds, contentType, placeholder, altText, flags, clip } = file;
  const filename = toDiscordFilename(file.filename);
  const changedTitle =
    filename === file.filename ? undefined : file.filename.replace(/\.[^.]*$/, '');
  const title = file.title ?? changedTitle;
  return {
    id,
    channelId,
    filename,
    ...(title !== undefined && { title }),
    size,
    ...(contentType !== undefined && { contentType }),
    ...(width !== undefined && { width }),
    ...(height !== undefined && { height }),
    ...(durationSeconds !== undefined && { durationSeconds }),
    ...(placeholder !== undefined && { placeholder }),
    ...(altText !== undefined && { altText }),
    ...(flags !== undefined && { flags }),
    ...(clip && { clip }),
  };
}

function storeWebhook(world: World, { id, username, avatar }: NewWebhook): WebhookAuthor {
  if (avatar === undefined) return { id, username, avatar: null };
  const hash = hashAvatar(avatar);
  world.files.put(avatarFileName(id, hash), { bytes: avatar });
  return { id, username, avatar: hash };
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
    ...(original.components && { components: original.components }),
  };
}
