import type { APIMessage, APIMessageSearchResult, Snowflake } from 'discord-api-types/v10';
import { sendsContent } from '../context.ts';
import type { Channel, Message } from '../world/model.ts';
import { botCanReadMessages, botHasPermission, isThread } from '../world/permissions.ts';
import { compareIds } from '../world/snowflake.ts';
import type { State } from '../world/state.ts';
import { invalidForm, missingAccess } from './api-error.ts';
import { requireGuild } from './guild-routes.ts';
import { requireSnowflake } from './message-routes.ts';
import { presentMessage } from './present-message.ts';
import type { Call, Route } from './routes.ts';

/** Discord's limits for a search. */
const MAX_RESULTS = 25;
const MAX_OFFSET = 9975;
const MAX_CHANNELS = 500;

/** The parameters that the emulator knows. It rejects the others, so that no test relies on an ignored filter. */
const PARAMETERS: readonly string[] = [
  'limit',
  'offset',
  'max_id',
  'min_id',
  'channel_id',
  'has',
  'include_nsfw',
  'sort_by',
  'sort_order',
];

/**
 * What a message can have. Discord's page does not say whether `video` also finds forwarded videos, or videos in
 * Components V2. The emulator finds neither.
 */
const HAS: Readonly<Record<string, (message: Message) => boolean>> = {
  file: ({ files, components }) => !components && files.length > 0,
  video: ({ files, components }) =>
    !components && files.some(({ contentType }) => contentType?.startsWith('video/')),
  snapshot: ({ forward }) => forward !== null,
};

/** The route for the search in a guild's messages. */
export const SEARCH_ROUTES: readonly Route[] = [
  { method: 'GET', pattern: '/guilds/:id/messages/search', answer: searchMessages },
];

/** The search that a request asks for. */
interface Search {
  readonly limit: number;
  readonly offset: number;
  readonly maxId?: Snowflake;
  readonly minId?: Snowflake;
  /** Without channels, the search looks in all channels that the bot can read. */
  readonly channelIds: readonly Snowflake[];
  readonly has?: (message: Message) => boolean;
  readonly includesNsfw: boolean;
  readonly isAscending: boolean;
}

/**
 * Searches a guild's messages, newest first. The results have no reactions, and each is in an array of its own.
 * https://docs.discord.com/developers/resources/message#search-guild-messages
 */
function searchMessages(call: Call): APIMessageSearchResult {
  const guild = requireGuild(call);
  const { context } = call;
  const search = parseSearch(call.query);
  // Discord's page says only that the endpoint is restricted without the intent.
  if (!sendsContent(context)) throw missingAccess();
  const found = searchedChannels(context.state, guild.id, search)
    .flatMap((channel) => context.state.messages(channel.id))
    .filter((message) => matches(message, search))
    .sort((a, b) => compareIds(a.id, b.id));
  if (!search.isAscending) found.reverse();
  const page = found.slice(search.offset, search.offset + search.limit);
  return {
    doing_deep_historical_index: false,
    total_results: found.length,
    messages: page.map((message): APIMessage[] => [presentMessage(context, message, true)]),
  };
}

/**
 * Returns the channels to search. Discord's page does not say what happens if the bot may not read a channel that the
 * request names. The emulator answers 403.
 */
function searchedChannels(state: State, guildId: Snowflake, search: Search): Channel[] {
  const { channelIds, includesNsfw } = search;
  const inGuild = [...state.channels.values()].filter((channel) => channel.guildId === guildId);
  const named = inGuild.filter(({ id }) => channelIds.length === 0 || channelIds.includes(id));
  const readable = named.filter(
    (channel) =>
      botCanReadMessages(state, channel) &&
      botHasPermission(state, channel, 'READ_MESSAGE_HISTORY'),
  );
  if (readable.length < channelIds.length) throw missingAccess();
  return readable.filter((channel) => includesNsfw || !isAgeRestricted(state, channel));
}

/** A thread is age-restricted if its parent channel is. */
function isAgeRestricted(state: State, channel: Channel): boolean {
  const parent = isThread(channel) ? state.channels.get(channel.parentId ?? '') : undefined;
  return (parent ?? channel).nsfw === true;
}

function matches(message: Message, { maxId, minId, has }: Search): boolean {
  return (
    (has === undefined || has(message)) &&
    (maxId === undefined || compareIds(message.id, maxId) < 0) &&
    (minId === undefined || compareIds(message.id, minId) > 0)
  );
}

function parseSearch(query: URLSearchParams): Search {
  const unknown = [...query.keys()].find((name) => !PARAMETERS.includes(name));
  if (unknown !== undefined) {
    throw invalidForm(unknown, 'BASE_TYPE_CHOICES', 'The emulator does not know this parameter.');
  }
  const maxId = query.get('max_id');
  const minId = query.get('min_id');
  const has = query.getAll('has');
  const channelIds = query.getAll('channel_id').map((id) => requireSnowflake('channel_id', id));
  if (channelIds.length > MAX_CHANNELS) {
    const message = `Must be ${MAX_CHANNELS} or fewer in length.`;
    throw invalidForm('channel_id', 'BASE_TYPE_MAX_LENGTH', message);
  }
  // Discord's page does not say whether a message must have all of the things, or one of them.
  if (has.length > 1) {
    throw invalidForm('has', 'BASE_TYPE_MAX_LENGTH', 'The emulator searches for one thing.');
  }
  const [first] = has;
  return {
    limit: parseNumber(query, 'limit', { min: 1, max: MAX_RESULTS, usual: MAX_RESULTS }),
    offset: parseNumber(query, 'offset', { min: 0, max: MAX_OFFSET, usual: 0 }),
    ...(maxId !== null && { maxId: requireSnowflake('max_id', maxId) }),
    ...(minId !== null && { minId: requireSnowflake('min_id', minId) }),
    channelIds,
    ...(first !== undefined && { has: HAS[first] ?? rejectChoice('has', Object.keys(HAS)) }),
    includesNsfw: parseChoice(query, 'include_nsfw', ['false', 'true']) === 'true',
    // Discord does not sort by `sort_order` if it sorts by relevance.
    isAscending:
      parseChoice(query, 'sort_by', ['timestamp']) === 'timestamp' &&
      parseChoice(query, 'sort_order', ['desc', 'asc']) === 'asc',
  };
}

function parseNumber(
  query: URLSearchParams,
  name: string,
  { min, max, usual }: { min: number; max: number; usual: number },
): number {
  const value = Number(query.get(name) ?? usual);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw invalidForm(name, 'NUMBER_TYPE_MAX', `int value should be between ${min} and ${max}.`);
}

/** Returns the value, or the first choice if the query has no such parameter. */
function parseChoice(query: URLSearchParams, name: string, choices: readonly string[]): string {
  const value = query.get(name) ?? choices[0] ?? '';
  return choices.includes(value) ? value : rejectChoice(name, choices);
}

function rejectChoice(name: string, choices: readonly string[]): never {
  throw invalidForm(name, 'BASE_TYPE_CHOICES', `Value must be one of {${choices.join(', ')}}.`);
}
