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
import type { EmulatorContext } from '../context.ts';
import type { Message, Snapshot, StoredFile, User } from '../world/model.ts';
import type { State } from '../world/state.ts';

/** The part of the context that is needed to present a message. */
type Presenter = Pick<EmulatorContext, 'state' | 'links' | 'quirks'>;

/** Zero, for any type of flags: Discord's typings have names for single bits but not for zero. */
export const NO_FLAGS = 0 as never;

export function presentUser({ id, username, globalName, avatar, bot }: User): APIUser {
  const user = { id, username, discriminator: '0', global_name: globalName, avatar };
  return bot ? { ...user, bot: true } : user;
}

/**
 * Presents a message as REST does, with fresh links. Without the Message Content intent, content,
 * embeds and attachments are empty, unless the message is from the bot or mentions the bot.
 * https://docs.discord.com/developers/events/gateway#message-content-intent
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
    author: presentUserById(state, message.authorId),
    content: visible ? message.content : '',
    timestamp: message.timestamp,
    edited_timestamp: message.editedTimestamp,
    tts: false,
    mention_everyone: false,
    mention_roles: [],
    mentions: message.mentions.map((id) => presentUserById(state, id)),
    attachments: visible ? message.files.map(present) : [],
    embeds: [],
    components: [],
    pinned: false,
    type: MessageType.Default,
    flags: message.forward ? MessageFlags.HasSnapshot : NO_FLAGS,
    ...(message.forward && presentForward(message.forward, visible, present)),
  };
}

/**
 * Presents a forwarded message. The forward has no content of its own. It refers to the original message and contains a
 * copy of the original.
 */
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

type MediaFacts = Pick<StoredFile, 'width' | 'height' | 'durationSeconds' | 'placeholder'>;

function presentFile(
  { links, quirks }: Presenter,
  file: StoredFile,
  messageId: Snowflake,
): APIAttachment {
  const url = links.signAttachment(file, quirks.messageIdInLinks ? messageId : file.id);
  const facts: MediaFacts = quirks.bareAttachments ? {} : file;
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

/** Presents a user, or a placeholder if the user does not exist. */
function presentUserById(state: State, id: Snowflake): APIUser {
  const user = state.users.get(id);
  return user
    ? presentUser(user)
    : { id, username: 'unknown', discriminator: '0', global_name: null, avatar: null };
}
