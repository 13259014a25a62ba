import { parseArgs } from 'node:util';

/** What `npm run test:week` is told to do. */
export interface Options {
  readonly seeds: readonly number[];
  /** How many messages each week has. */
  readonly messages: number;
}

export const USAGE = 'npm run test:week -- --seeds 1,2,3 [--messages 2000]';

/** The number of messages of a full week. */
export const FULL_MESSAGES = 2000;
/** Fewer messages leave no room for a history and a backfill. */
const MIN_MESSAGES = 100;
const MAX_MESSAGES = 100_000;
const SEEDS = /^\d{1,9}(?:,\d{1,9})*$/;

/** Parses the arguments of `npm run test:week`. Returns null if they are invalid. */
export function readOptions(args: readonly string[]): Options | null {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        seeds: { type: 'string', default: '' },
        messages: { type: 'string', default: String(FULL_MESSAGES) },
      },
    });
    const messages = Number(values.messages);
    const isCount = Number.isInteger(messages) && messages >= MIN_MESSAGES;
    if (!SEEDS.test(values.seeds) || !isCount || messages > MAX_MESSAGES) return null;
    return { seeds: values.seeds.split(',').map(Number), messages };
  } catch {
    return null;
  }
}
