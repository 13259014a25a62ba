import {
  InteractionType,
  MessageFlags,
  MessageReferenceType,
  MessageType,
  type APIMessage,
  type APIMessageSnapshot,
  type APIUser,
  type Snowflake,
} from 'discord-api-types/v10';
import type { EmulatorContext } from '../context.ts';
import type { Message, Snapshot, User } from '../world/model.ts';
import type { State } from '../world/state.ts';
import { presentAttachment, presentComponents } from './present-file.ts';

/** The part of the context that is needed to present a message. */
type Presenter = Pick<EmulatorContext, 'state' | 'links' | 'quirks'>;

/** The value 0, which fits any type of flags. Discord's typings name the single bits, but have no name for 0. */
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
  const present = (shown: Shown) =>
    visible ? presentContents(presenter, shown, message.id) : NOTHING;
  return {
    id: message.id,
    channel_id: message.channelId,
    author: presentAuthor(state, message),
    timestamp: message.timestamp,
    edited_timestamp: message.editedTimestamp,
    tts: false,
    mention_everyone: false,
    mention_roles: [],
    mentions: message.mentions.map((id) => presentUserById(state, id)),
    embeds: [],
    pinned: false,
    type: MessageType.Default,
    ...present(message),
    flags: flagsOf(message),
    ...presentOrigin(state, message),
    ...(message.forward && presentForward(message.forward, present)),
  };
}

/** What a message or a snapshot shows. Without the Message Content intent, every field is empty. */
type Shown = Pick<Message, 'content' | 'files' | 'components'>;
type Contents = Pick<APIMessage, 'content' | 'attachments' | 'components'>;
const NOTHING: Contents = { content: '', attachments: [], components: [] };

/**
 * With Components V2, the files are in the components and not among the attachments:
 * https://github.com/discord/discord-api-docs/pull/8279
 */
function presentContents(
  { state, links, quirks }: Presenter,
  { content, files, components }: Shown,
  messageId: Snowflake,
): Contents {
  const presenter = { links, quirks, presentUser: (id: Snowflake) => presentUserById(state, id) };
  if (!components) {
    const attachments = files.map((file) => presentAttachment(presenter, file, messageId));
    return { content, attachments, components: [] };
  }
  const presented = presentComponents(presenter, components, files, messageId);
  return { content: '', attachments: [], components: presented };
}

function flagsOf({ forward, components }: Message): MessageFlags {
  if (forward) return MessageFlags.HasSnapshot;
  return components ? MessageFlags.IsComponentsV2 : NO_FLAGS;
}

/**
 * Presents where a message comes from: a webhook, or a command that a bot answers. A bot's answer to a command also has
 * a `webhook_id`.
 */
function presentOrigin(
  state: State,
  { id, authorId, webhook, commandBy }: Message,
): Partial<APIMessage> {
  if (webhook) return { webhook_id: webhook.id };
  if (commandBy === undefined) return {};
  const user = presentUserById(state, commandBy);
  const interaction = {
    id,
    type: InteractionType.ApplicationCommand,
    user,
    authorizing_integration_owners: {},
  };
  return {
    webhook_id: authorId,
    application_id: authorId,
    interaction_metadata: interaction as APIMessage['interaction_metadata'] & object,
  };
}

/**
 * A webhook's message keeps the name and avatar that it was posted with. A user's message shows the current name and
 * avatar.
 */
function presentAuthor(state: State, { authorId, webhook }: Message): APIUser {
  if (!webhook) return presentUserById(state, authorId);
  const { id, username, avatar } = webhook;
  return { id, username, discriminator: '0000', global_name: null, avatar, bot: true };
}

/**
 * Presents a forwarded message. The forward has no content of its own. It refers to the original message and contains a
 * copy of the original.
 */
function presentForward(
  { guildId, channelId, messageId, ...snapshot }: Snapshot,
  present: (shown: Shown) => Contents,
): Pick<APIMessage, 'message_reference' | 'message_snapshots'> {
  const message: APIMessageSnapshot['message'] = {
    type: MessageType.Default,
    timestamp: snapshot.timestamp,
    edited_timestamp: snapshot.editedTimestamp,
    embeds: [],
    mentions: [],
    mention_roles: [],
    ...present(snapshot),
    flags: snapshot.components ? MessageFlags.IsComponentsV2 : NO_FLAGS,
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

/** Presents a user, or a placeholder if the user does not exist. */
function presentUserById(state: State, id: Snowflake): APIUser {
  const user = state.users.get(id);
  return user
    ? presentUser(user)
    : { id, username: 'unknown', discriminator: '0', global_name: null, avatar: null };
}
