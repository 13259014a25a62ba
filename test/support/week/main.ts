// `npm run test:week` runs this file after its set-up.
import { FULL_SIZE, liveFullWeek } from './full-week.ts';
import { readOptions, USAGE, type Options } from './options.ts';
import { withWeek, type WeekResult } from './run-seed.ts';

const MAX_LISTED_DIFFERENCES = 20;
const HISTORY_PART = 0.1;

process.exitCode = await main();

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options === null) {
    console.error(`invalid arguments: write ${USAGE}`);
    return 1;
  }
  let isGood = true;
  for (const seed of options.seeds) {
    const startedAtMs = Date.now();
    const differences = await run(seed, options).catch((error: unknown) => [String(error)]);
    const seconds = Math.round((Date.now() - startedAtMs) / 1000);
    if (!Array.isArray(differences)) {
      console.log(`seed ${seed}: ${describe(differences)}, no difference, ${seconds} s`);
      continue;
    }
    isGood = false;
    console.log(`seed ${seed}: ${differences.length} differences, ${seconds} s`);
    for (const difference of differences.slice(0, MAX_LISTED_DIFFERENCES)) {
      console.error(`  ${difference}`);
    }
  }
  return isGood ? 0 : 1;
}

/** Returns the result of a good week, or the differences. */
async function run(seed: number, { messages }: Options): Promise<WeekResult | string[]> {
  const size = {
    ...FULL_SIZE,
    messages,
    historyMessages: Math.round(messages * HISTORY_PART),
  };
  const result = await withWeek({ seed, isCareful: false, isBuilt: true }, (week) =>
    liveFullWeek(week, size),
  );
  return result.differences.length === 0 ? result : [...result.differences];
}

function describe({ messages, clips, deletedClips, faults }: WeekResult): string {
  const named = [...faults].map(([name, count]) => `${name} ${count}`).sort();
  return `${messages} messages, ${clips} clips (${deletedClips} deleted), ${named.join(', ')}`;
}
