import { MessageFlags, MessageType, type APIMessage } from 'discord-api-types/v10';

/**
 * A message or a part of a message. All fields are optional, because compatible servers and updates leave fields out.
 */
export type PartialMessage = Partial<APIMessage>;

/**
 * The fields that Discord leaves out if the Message Content intent is off, and sometimes by a fault.
 * Source: https://docs.discord.com/developers/events/gateway#message-content-intent
 */
const CONTENT_FIELDS = ['content', 'attachments', 'embeds', 'components', 'poll'] as const;

/**
 * The other fields that a message may consist of. Discord never leaves these fields out, so they do not prove that the
 * content is complete. If Discord adds a field that is missing in this list, a false alarm may follow, but no clip is
 * lost.
 */
const OTHER_FIELDS = [
  'sticker_items',
  'stickers',
  'activity',
  'call',
  'soundboard_sounds',
  'shared_client_theme',
  'role_subscription_data',
  'purchase_notification',
  'gift_info',
] as const;

/**
 * True if the message, or a message that it forwards, shows a text, an attachment, an embed, a component or a poll.
 * Such a message proves that Discord sent the content. If the message lacks a text or an attachment, then this text or
 * attachment does not exist.
 */
export function hasContent(message: PartialMessage): boolean {
  return hasAny(message, CONTENT_FIELDS);
}

/**
 * True if the message, or a message that it forwards, has anything to show. Nobody can post a message that shows
 * nothing.
 */
export function saysSomething(message: PartialMessage): boolean {
  return hasContent(message) || hasAny(message, OTHER_FIELDS);
}

/** True if the message comes with its text. Compatible servers leave an unchanged text out of an update. */
export function hasText({ content }: PartialMessage): boolean {
  return typeof content === 'string';
}

function hasAny(message: PartialMessage, names: readonly string[]): boolean {
  const fields = message as Readonly<Record<string, unknown>>;
  if (names.some((name) => !isEmpty(fields[name]))) return true;
  return snapshotsOf(message).some((part) => hasAny(part, names));
}

/** `0`, `false` and objects without fields do not count as empty. */
function isEmpty(value: unknown): boolean {
  return (
    value === undefined ||
    value === null ||
    value === '' ||
    (Array.isArray(value) && value.length === 0)
  );
}

function snapshotsOf({ message_snapshots: snapshots }: PartialMessage): PartialMessage[] {
  if (!Array.isArray(snapshots)) return [];
  const parts: readonly ({ message?: PartialMessage | null } | null)[] = snapshots;
  return parts.flatMap((part) => part?.message ?? []);
}

const ORDINARY_TYPES: readonly MessageType[] = [
  MessageType.Default,
  MessageType.Reply,
  MessageType.ChatInputCommand,
  MessageType.ContextMenuCommand,
];

/** True for messages that a person, bot or webhook posts, including forwards. */
function isOrdinary({ type = MessageType.Default }: PartialMessage): boolean {
  return ORDINARY_TYPES.includes(type);
}

/**
 * True for messages that may be empty, because a bot still prepares its answer, or because a moderator removed the
 * embeds of a bot or webhook. If a moderator removes the embeds of a person's message, the message still shows a text
 * or an attachment.
 */
function mayBeEmpty({ flags, author, webhook_id: webhookId }: PartialMessage): boolean {
  const has = (flag: MessageFlags): boolean => ((flags ?? 0) & flag) !== 0;
  const isAutomatic = author?.bot === true || !isEmpty(webhookId);
  return has(MessageFlags.Loading) || (isAutomatic && has(MessageFlags.SuppressEmbeds));
}

/**
 * True if the message shows nothing, although nobody can post such a message. In this case, Discord left out the text
 * and attachments, because the intent is off or because Discord has a fault
 * (https://github.com/discord/discord-api-docs/issues/4552).
 */
export function isStripped(message: PartialMessage): boolean {
  return isOrdinary(message) && !mayBeEmpty(message) && !saysSomething(message);
}

/**
 * True if a page of history proves that Discord leaves out the content of messages. The proof is an ordinary message
 * that is empty, if no other message on the page shows content. Messages that the bot itself posted do not count. A
 * message that mentions the bot does not count if it shows content, because Discord sends this content even without the
 * intent. If a message that mentions the bot is empty, it counts, because Discord then has a fault.
 */
export function isStrippedPage(page: readonly PartialMessage[], selfId: string | null): boolean {
  const hasEvidence = page.some((message) => isStripped(message) && !isFrom(message, selfId));
  return hasEvidence && !page.some((message) => showsContent(message, selfId));
}

/** True if the message shows content that Discord would leave out without the Message Content intent. */
export function showsContent(message: PartialMessage, selfId: string | null): boolean {
  return isOrdinary(message) && !concerns(message, selfId) && hasContent(message);
}

/** True if the message is from the bot or mentions the bot. */
function concerns(message: PartialMessage, selfId: string | null): boolean {
  if (selfId === null) return false;
  const { mentions } = message;
  const mentioned: readonly ({ id?: string } | null)[] = Array.isArray(mentions) ? mentions : [];
  return isFrom(message, selfId) || mentioned.some((user) => user?.id === selfId);
}

function isFrom({ author }: PartialMessage, selfId: string | null): boolean {
  return selfId !== null && author?.id === selfId;
}
