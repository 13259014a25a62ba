import { compareSnowflakes, isSnowflake } from '../clip/snowflake.ts';
import { invalidInput } from '../errors.ts';

/** The input of `temporal workflow start --type backfill`. */
export interface BackfillInput {
  channelId: string;
  /** Read only messages before this message id. Without it the backfill begins at the newest message. */
  before?: string;
  /** Read only messages after this message id. */
  after?: string;
  /** Stop after this many messages. */
  maxMessages?: number;
  /** Also restart the clips whose record says that they were deleted. */
  revive?: boolean;
}

const EXAMPLE = `--input '{"channelId":"1196521684992000058"}'`;
const FIELDS = ['channelId', 'before', 'after', 'maxMessages', 'revive'];

/**
 * Validates the input that a person typed.
 * @throws InvalidInput with one sentence that says what to write instead
 */
export function parseBackfillInput(input: unknown): BackfillInput {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw invalidInput(`a backfill needs a channel: start the backfill with ${EXAMPLE}`);
  }
  const given = input as Record<string, unknown>;
  const unknownField = Object.keys(given).find((name) => !FIELDS.includes(name));
  if (unknownField !== undefined) {
    throw invalidInput(
      `unknown field "${unknownField}"; expected ${FIELDS.join(', ')}, as in ${EXAMPLE}`,
    );
  }
  if (given.channelId === undefined) {
    throw invalidInput(`channelId is missing: start the backfill with ${EXAMPLE}`);
  }
  const parsed: BackfillInput = { channelId: parseId(given, 'channelId') };
  if (given.before !== undefined) parsed.before = parseId(given, 'before');
  if (given.after !== undefined) parsed.after = parseId(given, 'after');
  if (given.maxMessages !== undefined) parsed.maxMessages = parseCount(given.maxMessages);
  if (given.revive !== undefined) parsed.revive = parseSwitch(given.revive);
  if (parsed.before && parsed.after && compareSnowflakes(parsed.before, parsed.after) <= 0) {
    throw invalidInput(
      'no message is between "before" and "after": "before" must be a newer message id than "after"',
    );
  }
  return parsed;
}

function parseId(given: Record<string, unknown>, name: string): string {
  const value = given[name];
  if (isSnowflake(value)) return value;
  if (typeof value === 'number') {
    throw invalidInput(
      `${name} is a number, and JSON rounds numbers of that size: write it in quotes, as in ${EXAMPLE}`,
    );
  }
  throw invalidInput(
    `${name} is not a Discord id: write its 17 to 20 digits in quotes, as in ${EXAMPLE}`,
  );
}

function parseSwitch(value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw invalidInput('revive must be true or false, without quotes');
}

function parseCount(value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value) && value > 0) return value;
  throw invalidInput('maxMessages must be a whole number above 0');
}
