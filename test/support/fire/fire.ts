import { randomOf } from '../random.ts';
import { pause, until } from '../wait.ts';
import { areThumbnailsDone } from './bucket-objects.ts';
import { untilComplete } from './catalog-watch.ts';
import { sumMetric } from './metric-sum.ts';
import type { Layout, Victim } from './programs.ts';
import { startReaders } from './readers.ts';
import { startSystem, type System } from './system.ts';
import { Tally, type Counts } from './tally.ts';

export interface FireOptions {
  seconds: number;
  clips: number;
  readers: number;
  seed: number;
  layout: Layout;
  /** True to run what `npm run build` made instead of the sources. */
  isBuilt?: boolean;
  /** At most this part of all answers may be 503; 1 % if absent. */
  maxUnavailablePart?: number;
  /** A run goes on until this many different processes were killed, even if that takes longer; all of them if absent. */
  minVictims?: number;
  /** Gets one line for each kill. */
  print: (line: string) => void;
}

/** What a run of the fire test found. */
export interface FireResult {
  counts: Counts;
  byteP50Ms: number;
  byteP99Ms: number;
  /** The number of kills, by the name of the process. */
  kills: Record<string, number>;
  /** The updates `freshLink` that the library sent, without those of the last 500 ms before a kill of the library. */
  freshLinkUpdates: number;
  /** Requests to Discord's REST API for one message, which is what a refresh of a link costs. */
  messageFetches: number;
  /** All requests to Discord's REST API. */
  discordRequests: number;
  /** A sentence for each promise that was not kept. */
  violations: string[];
}

const LEASE_SECONDS = 30;
const POST_EVERY_MS = 30;
const ARCHIVE_TIMEOUT_MS = 280_000;
/** Each process stays dead for a random time of at most this length before it is started again. */
const MAX_DEAD_MS = 1000;
/** After a restart, everything runs for this long before the next kill. */
const CALM_MS = 2000;
/** How soon after the last kill each permalink must lead to its clip. */
const MAX_RECOVERY_MS = 60_000;
const FRESH_LINKS = /^everclip_library_fresh_link_seconds_count/;

/**
 * Runs Everclip with links that are valid for 30 s, follows permalinks all the time, and kills each process with -9 in
 * turn. After each kill a clip is posted, which must get a permalink too.
 * @throws Error if Everclip does not start, or if a process ends that nobody killed
 */
export async function runFire(options: FireOptions): Promise<FireResult> {
  const { layout, isBuilt = false } = options;
  const system = await startSystem({ layout, isBuilt, leaseSeconds: LEASE_SECONDS });
  return await system.use(() => followUnderFire(options, system));
}

async function followUnderFire(options: FireOptions, system: System): Promise<FireResult> {
  const { seconds, clips, readers, seed, maxUnavailablePart, print } = options;
  const { discord, programs } = system;
  const { libraryUrl, metricsAddress, victims } = programs;
  const { minVictims = victims.length } = options;
  while (system.posted.length < clips) {
    await system.post();
    await pause(POST_EVERY_MS);
  }
  const clipIds = [...system.posted];
  await untilComplete(system, ARCHIVE_TIMEOUT_MS);
  await until('the thumbnails', () => areThumbnailsDone(system.dataDir), ARCHIVE_TIMEOUT_MS);
  const random = randomOf(seed);
  const tally = new Tally();
  const updates = sumMetric(metricsAddress, FRESH_LINKS);
  const kills: Record<string, number> = {};
  const requestsBefore = discord.counts();
  const { cdnOrigin } = discord;
  const running = startReaders({ libraryUrl, cdnOrigin, clipIds, readers, random, tally });
  const startedAtMs = performance.now();
  const elapsedMs = (): number => performance.now() - startedAtMs;
  await pause(CALM_MS);
  print(`before the first kill: ${describeCounts(tally.lap())}`);
  const isOver = (): boolean =>
    elapsedMs() >= seconds * 1000 && Object.keys(kills).length >= minVictims;
  for (let turn = 0; !isOver(); turn += 1) {
    const victim = victims[turn % victims.length]!;
    const killedAtMs = elapsedMs();
    await killAndRestart(victim, system, random() * MAX_DEAD_MS);
    const downSeconds = ((elapsedMs() - killedAtMs) / 1000).toFixed(1);
    kills[victim.name] = (kills[victim.name] ?? 0) + 1;
    await pause(CALM_MS);
    programs.check();
    print(
      `${(killedAtMs / 1000).toFixed(1)} s: killed ${victim.name}, ready after ${downSeconds} s: ` +
        describeCounts(tally.lap()),
    );
  }
  await running.stop();
  const requestsAfter = discord.counts();
  updates.stop();
  const violations = tally.violations(maxUnavailablePart);
  await untilComplete(system, MAX_RECOVERY_MS)
    .then(() => system.untilReachable(system.posted, MAX_RECOVERY_MS))
    .catch((error: unknown) => violations.push(`Everclip does not recover: ${String(error)}`));
  return {
    counts: tally.total,
    byteP50Ms: Math.round(tally.byteMs(0.5)),
    byteP99Ms: Math.round(tally.byteMs(0.99)),
    kills,
    freshLinkUpdates: updates.sum(),
    messageFetches: requestsAfter.messageFetches - requestsBefore.messageFetches,
    discordRequests: requestsAfter.rest - requestsBefore.rest,
    violations,
  };
}

/** Kills a process, posts a clip, and starts the process again after some time. */
async function killAndRestart(victim: Victim, system: System, deadMs: number): Promise<void> {
  // A dead Discord takes no clip.
  if (victim.name === 'Discord') await system.post();
  await victim.kill();
  if (victim.name !== 'Discord') await system.post();
  await pause(deadMs);
  await victim.restart();
}

/** Describes what readers saw in one line. */
export function describeCounts(counts: Counts): string {
  const { answers, redirects, unavailable, wrong, dead, late, unanswered, cdnUnanswered } = counts;
  return [
    `${answers} answers (${redirects} redirects, ${unavailable} × 503, ${wrong} wrong)`,
    `${dead} dead, ${late} late`,
    `no answer from the library ${unanswered}, from the CDN ${cdnUnanswered}`,
    `slowest byte ${Math.round(counts.slowestByteMs)} ms`,
  ].join('; ');
}
