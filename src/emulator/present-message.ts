import {
  MessageFlags,
  MessageReferenceType,
  MessageType,
  type APIAttachment,
  type APIMessage,
  type APIMessageSnapshot,
  type APIUser,
  type Snowflake,
} from 'discord-api-types/v10';

import type { Links } from './links.ts';
import type { Message, Snapshot, StoredFile, User } from './model.ts';
import type { Quirks } from './quirks.ts';
import type { State } from './state.ts';

/** What turns entities into the objects that Discord's API speaks of. */
export interface Presenter {
  readonly state: State;
  readonly links: Links;
  readonly quirks: Quirks;
}

/**
 * No flag set. Discord's typings name the single bits but not their absence, so this fits all of
 * them.
 */
export const NO_FLAGS = 0 as never;

export function presentUser({ id, username, globalName, avatar, bot }: User): APIUser {
  const user = { id, username, discriminator: '0', global_name: globalName, avatar };
  return bot ? { ...user, bot: true } : user;
}

/**
 * A message as REST answers with it (the gateway adds `guild_id` and `member`), its links signed
 * now. Without the message content intent, content, embeds and attachments are empty, except in
 * what the bot wrote itself and where it is mentioned (Discord's documentation, "Message Content
 * Intent").
 */
export function presentMessage(
  presenter: Presenter,
  message: Message,
  hasContentIntent: boolean,
): APIMessage {
  const { state } = presenter;
  const botId = state.settings?.botId ?? '';
  const visible =
    hasContentIntent || message.authorId === botId || message.mentions.includes(botId);
  const present = (file: StoredFile) => presentFile(presenter, file, message.id);
  return {
    id: message.id,
    channel_id: message.channelId,
    author: userOf(state, message.authorId),
    content: visible ? message.content : '',
    timestamp: message.timestamp,
    edited_timestamp: message.editedTimestamp,
    tts: false,
    mention_everyone: false,
    mention_roles: [],
    mentions: message.mentions.map((id) => userOf(state, id)),
    attachments: visible ? message.files.map(present) : [],
    embeds: [],
    components: [],
    pinned: false,
    type: MessageType.Default,
    flags: message.forward ? MessageFlags.HasSnapshot : NO_FLAGS,
    ...(message.forward && presentForward(message.forward, visible, present)),
  };
}

/** A forward has no content of its own: a reference to the original, and a snapshot of it. */
function presentForward(
  { guildId, channelId, messageId, ...snapshot }: Snapshot,
  visible: boolean,
  present: (file: StoredFile) => APIAttachment,
): Pick<APIMessage, 'message_reference' | 'message_snapshots'> {
  const message: APIMessageSnapshot['message'] = {
    type: MessageType.Default,
    content: visible ? snapshot.content : '',
    timestamp: snapshot.timestamp,
    edited_timestamp: snapshot.editedTimestamp,
    attachments: visible ? snapshot.files.map(present) : [],
    embeds: [],
    components: [],
    mentions: [],
    mention_roles: [],
    flags: NO_FLAGS,
  };
  return {
    message_reference: {
      type: MessageReferenceType.Forward,
      guild_id: guildId,
      channel_id: channelId,
      message_id: messageId,
    },
    message_snapshots: [{ message }],
  };
}

type Facts = Pick<StoredFile, 'width' | 'height' | 'durationSeconds' | 'placeholder'>;

function presentFile(
  { links, quirks }: Presenter,
  file: StoredFile,
  messageId: Snowflake,
): APIAttachment {
  const url = links.attachment(file, quirks.messageIdInLinks ? messageId : file.id);
  const facts: Facts = quirks.bareAttachments ? {} : file;
  const { width, height, durationSeconds, placeholder } = facts;
  return {
    id: file.id,
    filename: file.filename,
    size: file.size,
    url,
    proxy_url: url,
    ...(file.title !== undefined && { title: file.title }),
    ...(file.contentType !== undefined && { content_type: file.contentType }),
    ...(width !== undefined && { width }),
    ...(height !== undefined && { height }),
    ...(durationSeconds !== undefined && { duration_secs: durationSeconds }),
    ...(placeholder !== undefined && { placeholder, placeholder_version: 1 }),
  };
}

function userOf(state: State, id: Snowflake): APIUser {
  const user = state.users.get(id);
  return user
    ? presentUser(user)
    : { id, username: 'unknown', discriminator: '0', global_name: null, avatar: null };
}
