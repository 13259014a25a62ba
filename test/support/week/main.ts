// `npm run test:week` runs this file after its set-up.
import { FULL_SIZE, liveFullWeek } from './full-week.ts';
import { readOptions, type Options } from './options.ts';
import { withWeek, type WeekResult } from './run-seed.ts';

const MAX_LISTED_DIFFERENCES = 20;
const HISTORY_PART = 0.1;

process.exitCode = await main();

async function main(): Promise<number> {
  let options: Options;
  try {
    options = readOptions(process.argv.slice(2));
  } catch (error) {
    console.error((error as Error).message);
    return 1;
  }
  let isGood = true;
  for (const seed of options.seeds) {
    const startedAtMs = Date.now();
    const { result, differences } = await run(seed, options);
    const seconds = Math.round((Date.now() - startedAtMs) / 1000);
    isGood = isGood && differences.length === 0;
    const count = differences.length === 0 ? 'no difference' : `${differences.length} differences`;
    const week = result === null ? '' : `${describe(result)}, `;
    console.log(`seed ${seed}: ${week}${count}, ${seconds} s`);
    for (const difference of differences.slice(0, MAX_LISTED_DIFFERENCES)) {
      console.error(`  ${difference}`);
    }
    for (const note of result?.notes ?? []) console.error(`  (${note})`);
  }
  return isGood ? 0 : 1;
}

/** Lives through one week. `result` is null if the week could not be lived to its end. */
async function run(
  seed: number,
  { messages }: Options,
): Promise<{ result: WeekResult | null; differences: readonly string[] }> {
  const size = {
    ...FULL_SIZE,
    messages,
    historyMessages: Math.round(messages * HISTORY_PART),
  };
  try {
    const result = await withWeek({ seed, isCareful: false, isBuilt: true }, (week) =>
      liveFullWeek(week, size),
    );
    return { result, differences: result.differences };
  } catch (error) {
    return { result: null, differences: [String(error)] };
  }
}

function describe({ messages, clips, deletedClips, faults }: WeekResult): string {
  const named = [...faults].map(([name, count]) => `${name} ${count}`).sort();
  return `${messages} messages, ${clips} clips (${deletedClips} deleted), ${named.join(', ')}`;
}
