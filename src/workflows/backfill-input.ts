import * as v from 'valibot';
import type { PlaceScope } from '../clip/places/place.ts';
import { check } from '../clip/schemas/basics.ts';
import { compareSnowflakes, isSnowflake } from '../clip/snowflake.ts';
import { invalidInput } from '../errors.ts';
import { scopeFields, toScope, type ScopeInput } from './place-scope.ts';

/**
 * The input of `temporal workflow start --type backfill`. Exactly one of `channelId`, `guildId` and `all` says what to
 * read. All other fields apply to each channel and thread that is read.
 */
export interface BackfillInput {
  /** A channel with its threads, a thread, or a category or forum with everything in it. */
  channelId?: string;
  guildId?: string;
  /** Everything in the guilds that the bot is in and that GUILD_IDS allows. */
  all?: true;
  /** Read only messages before this message id. Without `before`, the backfill begins at the newest message. */
  before?: string;
  /** Read only messages after this message id. */
  after?: string;
  /** Stop after this many messages. With this limit, a backfill reads one channel without its threads. */
  maxMessages?: number;
  /** False leaves threads out. */
  threads?: boolean;
  /** Also restart the clips whose record says that they were deleted. */
  revive?: boolean;
}

const EXAMPLE = `--input '{"channelId":"1196521684992000058"}'`;

const COUNT = 'must be a whole number above 0';

const messageIdSchema = v.custom<string>(isSnowflake, ({ input }) =>
  typeof input === 'number'
    ? 'is a number, and JSON rounds numbers of that size: write the message id in quotes'
    : 'is not a message id: write its 17 to 20 digits in quotes; a date is not accepted',
);

const SWITCH = 'must be true or false, without quotes';

const fields = {
  ...scopeFields(EXAMPLE),
  before: v.optional(messageIdSchema),
  after: v.optional(messageIdSchema),
  maxMessages: v.optional(v.pipe(v.number(COUNT), v.integer(COUNT), v.minValue(1, COUNT))),
  threads: v.optional(v.boolean(SWITCH)),
  revive: v.optional(v.boolean(SWITCH)),
};

const inputSchema = v.object(fields);

/**
 * Validates the input that a person typed.
 * @throws InvalidInput with one sentence that says what to write instead
 */
export function parseBackfillInput(input: unknown): BackfillInput {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw invalidInput(
      input === undefined || input === null
        ? `a backfill needs an input: start the backfill with ${EXAMPLE}`
        : `the input of a backfill is not an object: start the backfill with ${EXAMPLE}`,
    );
  }
  // An unknown field is probably misspelt, so reject the input instead of ignoring the field.
  const unknownField = Object.keys(input).find((name) => !(name in fields));
  if (unknownField !== undefined) {
    throw invalidInput(
      `unknown field "${unknownField}"; expected ${Object.keys(fields).join(', ')}, as in ${EXAMPLE}`,
    );
  }
  const { value, fault } = check(inputSchema, input);
  if (value === null) throw invalidInput(fault);
  const { before, after, maxMessages, threads } = value;
  const scope = backfillScope(value);
  if (maxMessages !== undefined && (threads === true || !('channelId' in scope))) {
    throw invalidInput(
      'maxMessages limits a single channel: leave it out, or use channelId without "threads": true',
    );
  }
  if (before && after && compareSnowflakes(before, after) <= 0) {
    throw invalidInput(
      'no message is between "before" and "after": "before" must be the newer of the two message ids',
    );
  }
  return value as BackfillInput;
}

/**
 * Returns what a backfill reads.
 * @throws InvalidInput unless the input names exactly one of a channel, a guild and everything
 */
export function backfillScope(input: ScopeInput): PlaceScope {
  return toScope(input, 'a backfill', EXAMPLE);
}
