import { cpuSeconds, cpuSecondsEach, type CpuSeconds } from './cpu.ts';
import type { Rig } from './rig.ts';
import type { Sleepers } from './sleepers.ts';
import { startMany, type Amount, type Kind } from './start-many.ts';

export interface Ran {
  ids: string[];
  perSecond: number;
  /** Each. */
  cpu: CpuSeconds;
}

const LONGEST_MS = 15 * 60 * 1000;

/** Runs workflows of a kind from the first one's start until the last one sleeps for long. */
export async function runMany(
  rig: Rig,
  sleepers: Sleepers,
  kind: Kind,
  amount: Amount,
): Promise<Ran> {
  const { count } = amount;
  const startMs = Date.now();
  const cpuBefore = cpuSeconds(rig.server.pid);
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`not all of ${count} ${kind} workflows fall asleep`));
    }, LONGEST_MS);
  });
  const asleep = startMany(rig, kind, amount).then(() => sleepers.until(count));
  const { ids, atMs } = await Promise.race([asleep, rig.failed, tooLong]);
  clearTimeout(timer);
  return {
    ids,
    perSecond: (count * 1000) / (atMs - startMs),
    cpu: cpuSecondsEach(cpuBefore, cpuSeconds(rig.server.pid), count),
  };
}
