import { pause } from '../wait.ts';
import { untilComplete, watchLibrary, type WatchResult } from './catalog-watch.ts';
import type { System } from './system.ts';

/** A kill waits for at most this time after the database process runs again, so that some kills hit its start. */
const MAX_CALM_MS = 1500;
const MAX_RECOVERY_MS = 60_000;

/**
 * Kills the catalog's database with -9 at random moments while clips are posted, then waits until the list shows every
 * record exactly once. The clips in `clipIds` must be listed already.
 */
export async function killCatalog(
  system: System,
  { kills, random, clipIds }: { kills: number; random: () => number; clipIds: readonly string[] },
): Promise<WatchResult> {
  const { programs, posted } = system;
  const victim = programs.victims.find(({ name }) => name === 'database');
  if (victim === undefined) throw new Error('there is no database process');
  const watch = watchLibrary(programs.libraryUrl, [...clipIds]);
  for (let kill = 0; kill < kills; kill += 1) {
    await system.post();
    await pause(random() * MAX_CALM_MS);
    await victim.kill();
    await victim.restart();
    programs.check();
  }
  // A clip that is asked for before it is archived would count as unknown for a minute.
  await untilComplete(system);
  await system.untilReachable(posted, MAX_RECOVERY_MS);
  return await watch.stop();
}
