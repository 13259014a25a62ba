import { isSnowflake, compareSnowflakes } from '../clip/snowflake.ts';
import { invalidInput } from '../errors.ts';

/** What `temporal workflow start --type backfill --input` takes. */
export interface BackfillInput {
  channelId: string;
  /** Only messages before this message id; the newest ones where it is left out. */
  before?: string;
  /** Only messages after this message id. */
  after?: string;
  maxMessages?: number;
}

const EXAMPLE = `--input '{"channelId":"1196521684992000058"}'`;
const FIELDS = ['channelId', 'before', 'after', 'maxMessages'];

/**
 * Takes what a person typed.
 * @throws InvalidInput with one sentence that says what to write instead
 */
export function parseBackfillInput(input: unknown): BackfillInput {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw invalidInput(`a backfill needs to know its channel: start it with ${EXAMPLE}`);
  }
  const given = input as Record<string, unknown>;
  const unknown = Object.keys(given).find((name) => !FIELDS.includes(name));
  if (unknown !== undefined) {
    throw invalidInput(
      `a backfill knows no "${unknown}", only ${FIELDS.join(', ')}, as in ${EXAMPLE}`,
    );
  }
  if (given.channelId === undefined) {
    throw invalidInput(`channelId is missing: start the backfill with ${EXAMPLE}`);
  }
  const parsed: BackfillInput = { channelId: id(given, 'channelId') };
  if (given.before !== undefined) parsed.before = id(given, 'before');
  if (given.after !== undefined) parsed.after = id(given, 'after');
  if (given.maxMessages !== undefined) parsed.maxMessages = count(given.maxMessages);
  if (parsed.before && parsed.after && compareSnowflakes(parsed.before, parsed.after) <= 0) {
    throw invalidInput('nothing lies between: "before" must be a newer message id than "after"');
  }
  return parsed;
}

function id(given: Record<string, unknown>, name: string): string {
  const value = given[name];
  if (isSnowflake(value)) return value;
  if (typeof value === 'number') {
    throw invalidInput(
      `${name} came as a number, and numbers of that size arrive rounded: write it in quotes, as in ${EXAMPLE}`,
    );
  }
  throw invalidInput(
    `${name} is no Discord id: write its 17 to 20 digits in quotes, as in ${EXAMPLE}`,
  );
}

function count(value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value) && value > 0) return value;
  throw invalidInput('maxMessages must be a whole number above 0');
}
