import { parseArgs } from 'node:util';

/** What `npm run test:week` is told to do. */
export interface Options {
  readonly seeds: readonly number[];
  /** How many messages each week has. */
  readonly messages: number;
}

/** The number of messages of a full week. */
export const FULL_MESSAGES = 2000;
/** Fewer messages leave no room for a history and a backfill. */
const MIN_MESSAGES = 100;
const MAX_MESSAGES = 100_000;
const SEEDS = /^\d{1,9}(?:,\d{1,9})*$/;

const EXAMPLE = 'npm run test:week -- --seeds 1,2,3 --messages 300';

/**
 * Parses the arguments of `npm run test:week`.
 * @throws Error with one sentence that says what to write instead
 */
export function readOptions(args: readonly string[]): Options {
  const { seeds, messages, rest } = parse(args);
  if (rest.length > 0) throw invalid(`unknown argument ${JSON.stringify(rest[0])}`);
  if (seeds === undefined) throw invalid('--seeds is missing');
  if (!SEEDS.test(seeds)) {
    throw invalid('--seeds must be whole numbers of at most 9 digits, with commas and no spaces');
  }
  const count = messages === undefined ? FULL_MESSAGES : Number(messages || NaN);
  if (!Number.isInteger(count) || count < MIN_MESSAGES || count > MAX_MESSAGES) {
    throw invalid(`--messages must be a whole number from ${MIN_MESSAGES} to ${MAX_MESSAGES}`);
  }
  return { seeds: seeds.split(',').map(Number), messages: count };
}

/** `rest` has the arguments that do not exist. An option without a value is an empty text. */
function parse(args: readonly string[]): {
  seeds: string | undefined;
  messages: string | undefined;
  rest: string[];
} {
  const { values, tokens } = parseArgs({
    args: [...args],
    strict: false,
    tokens: true,
    options: { seeds: { type: 'string' }, messages: { type: 'string' } },
  });
  const isKnown = (name: string): boolean => name === 'seeds' || name === 'messages';
  const rest = tokens.flatMap((token) => {
    if (token.kind === 'positional') return token.value;
    return token.kind === 'option' && !isKnown(token.name) ? token.rawName : [];
  });
  const textOf = (value: string | boolean | undefined): string | undefined =>
    value === undefined || typeof value === 'string' ? value : '';
  return { seeds: textOf(values.seeds), messages: textOf(values.messages), rest };
}

function invalid(fault: string): Error {
  return new Error(`${fault}; for example: ${EXAMPLE}`);
}
