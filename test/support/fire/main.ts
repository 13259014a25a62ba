// `npm run test:fire` runs this file after its set-up.
import { parseArgs } from 'node:util';
import { findPostgres, NO_POSTGRES } from '../postgres.ts';
import { randomOf } from '../random.ts';
import { untilComplete } from './catalog-watch.ts';
import { describeCounts, runFire } from './fire.ts';
import { killCatalog } from './kill-catalog.ts';
import type { Layout } from './programs.ts';
import { startSystem } from './system.ts';

const USAGE =
  'npm run test:fire [-- --seconds 180 --clips 200 --readers 50 --seed N --layout split|start --catalog-kills 20]';

const DAY_SECONDS = 24 * 60 * 60;
/** More than one page of the list. */
const CLIPS_BEFORE_KILLS = 30;
const ARCHIVE_TIMEOUT_MS = 120_000;

process.exitCode = await main();

async function main(): Promise<number> {
  const options = readOptions();
  if (options === null) {
    console.error(`invalid arguments: write ${USAGE}`);
    return 1;
  }
  const { seconds, clips, readers, seed, layout } = options;
  if (findPostgres() === null) console.log(`${NO_POSTGRES}, so npm start with PGlite is tested`);
  console.log(`layout ${layout}, ${seconds} s, ${clips} clips, ${readers} readers, seed ${seed}`);
  const result = await runFire({
    ...options,
    isBuilt: true,
    print: (line) => console.log(line),
  });
  const { counts, byteP50Ms, byteP99Ms, kills, violations } = result;
  const killed = Object.entries(kills).map(([name, count]) => `${name} ${count}`);
  console.log(`\nkills: ${killed.join(', ')}`);
  console.log(describeCounts(counts));
  console.log(`time to a playable byte: p50 ${byteP50Ms} ms, p99 ${byteP99Ms} ms`);
  console.log(
    `freshLink updates ${result.freshLinkUpdates}; Discord requests ${result.discordRequests}, ` +
      `of which ${result.messageFetches} fetched a message`,
  );
  for (const sentence of violations) console.error(`VIOLATION: ${sentence}`);
  for (const sentence of await loseCatalog(options)) {
    console.error(`VIOLATION: ${sentence}`);
    violations.push(sentence);
  }
  if (violations.length === 0) console.log('every promise was kept');
  return violations.length === 0 ? 0 : 1;
}

/** Kills the process of PGlite again and again. Returns a sentence for each fault. */
async function loseCatalog({ catalogKills: kills, seed }: Options): Promise<string[]> {
  if (kills === 0) return [];
  console.log(`\nkilling PGlite ${kills} times while clips are posted`);
  const system = await startSystem({
    layout: 'start',
    isBuilt: true,
    leaseSeconds: DAY_SECONDS,
  });
  return await system.use(async () => {
    while (system.posted.length < CLIPS_BEFORE_KILLS) await system.post();
    await untilComplete(system, ARCHIVE_TIMEOUT_MS);
    const result = await killCatalog(system, {
      kills,
      random: randomOf(seed),
      clipIds: system.posted,
    });
    console.log(
      `${result.redirects} permalinks led to their clips; ${result.notices} of ${result.lists} lists ` +
        `said that clips are missing; all ${system.posted.length} clips are listed once`,
    );
    return result.faults;
  });
}

interface Options {
  seconds: number;
  clips: number;
  readers: number;
  seed: number;
  catalogKills: number;
  layout: Layout;
}

/** Returns null if the arguments are invalid. */
function readOptions(): Options | null {
  try {
    const { values } = parseArgs({
      options: {
        seconds: { type: 'string', default: '180' },
        clips: { type: 'string', default: '200' },
        readers: { type: 'string', default: '50' },
        seed: { type: 'string', default: String(Date.now() % 100_000) },
        'catalog-kills': { type: 'string', default: '20' },
        layout: { type: 'string', default: findPostgres() === null ? 'start' : 'split' },
      },
    });
    const { layout } = values;
    if (layout !== 'split' && layout !== 'start') return null;
    const options: Options = {
      seconds: Number(values.seconds),
      clips: Number(values.clips),
      readers: Number(values.readers),
      seed: Number(values.seed),
      catalogKills: Number(values['catalog-kills']),
      layout,
    };
    const { seconds, clips, readers, seed, catalogKills } = options;
    const isPositive = [seconds, clips, readers].every((value) => value > 0);
    const areCounts = [seconds, clips, readers, seed, catalogKills].every(
      (value) => Number.isInteger(value) && value >= 0,
    );
    return isPositive && areCounts ? options : null;
  } catch {
    return null;
  }
}
