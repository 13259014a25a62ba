import * as v from 'valibot';
import { check } from '../clip/schemas/basics.ts';
import { compareSnowflakes, isSnowflake } from '../clip/snowflake.ts';
import { invalidInput } from '../errors.ts';

/** The input of `temporal workflow start --type backfill`. */
export interface BackfillInput {
  channelId: string;
  /** Read only messages before this message id. Without `before`, the backfill begins at the newest message. */
  before?: string;
  /** Read only messages after this message id. */
  after?: string;
  /** Stop after this many messages. */
  maxMessages?: number;
  /** Also restart the clips whose record says that they were deleted. */
  revive?: boolean;
}

const EXAMPLE = `--input '{"channelId":"1196521684992000058"}'`;

const idSchema = v.custom<string>(isSnowflake, ({ input }) =>
  typeof input === 'number'
    ? `is a number, and JSON rounds numbers of that size: write it in quotes, as in ${EXAMPLE}`
    : `is not a Discord id: write its 17 to 20 digits in quotes, as in ${EXAMPLE}`,
);

const COUNT = 'must be a whole number above 0';

const messageIdSchema = v.custom<string>(isSnowflake, ({ input }) =>
  typeof input === 'number'
    ? 'is a number, and JSON rounds numbers of that size: write the message id in quotes'
    : 'is not a message id: write its 17 to 20 digits in quotes; a date is not accepted',
);

const fields = {
  channelId: idSchema,
  before: v.optional(messageIdSchema),
  after: v.optional(messageIdSchema),
  maxMessages: v.optional(v.pipe(v.number(COUNT), v.integer(COUNT), v.minValue(1, COUNT))),
  revive: v.optional(v.boolean('must be true or false, without quotes')),
};

const inputSchema = v.object(fields, ({ path }) =>
  path ? `is missing: start the backfill with ${EXAMPLE}` : '',
);

/**
 * Validates the input that a person typed.
 * @throws InvalidInput with one sentence that says what to write instead
 */
export function parseBackfillInput(input: unknown): BackfillInput {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw invalidInput(
      input === undefined || input === null
        ? `a backfill needs a channel: start the backfill with ${EXAMPLE}`
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
  const { before, after } = value;
  if (before && after && compareSnowflakes(before, after) <= 0) {
    throw invalidInput(
      'no message is between "before" and "after": "before" must be the newer of the two message ids',
    );
  }
  return value as BackfillInput;
}
