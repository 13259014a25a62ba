import { randomUUID } from 'node:crypto';
import type { backfill } from '../../../src/workflows/backfill.ts';
import { cpuSecondsPerItem, readCpuSeconds, type CpuSeconds } from '../cpu.ts';
import { readRefreshesPerRun } from '../workflows/refreshes-per-run.ts';
import type { Rig } from './rig.ts';
import type { Sleepers } from '../workflows/sleepers.ts';
import type { bare } from '../workflows/workflows.ts';

/** A clip's workflow, or the bare workflow with which it is compared. */
export type Kind = 'clip' | 'bare';

export interface Amount {
  count: number;
  /** How often each workflow wakes and falls asleep again before its long sleep. */
  refreshes: number;
}

/** The result of running some workflows. */
export interface Ran {
  ids: string[];
  perSecond: number;
  /** CPU time per workflow. */
  cpu: CpuSeconds;
}

const TIMEOUT_MS = 15 * 60 * 1000;
/** A backfill starts this many clips at a time. Bare workflows are started in batches of the same size. */
const CONCURRENT_STARTS = 8;

/**
 * Starts workflows, and waits until all of them are in their long sleep.
 *
 * @throws Error if a worker fails, or if the workflows are not asleep after 15 minutes
 */
export async function runWorkflows(
  rig: Rig,
  sleepers: Sleepers,
  kind: Kind,
  amount: Amount,
): Promise<Ran> {
  const { count } = amount;
  const startMs = Date.now();
  const cpuBefore = readCpuSeconds(rig.server.pid);
  let timer: NodeJS.Timeout | undefined;
  const timedOut = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`timed out waiting until ${count} ${kind} workflows are asleep`));
    }, TIMEOUT_MS);
  });
  const start = kind === 'clip' ? startClips : startBare;
  const asleep = start(rig, amount).then(() => sleepers.waitFor(count));
  const { ids, lastAtMs } = await Promise.race([asleep, rig.failed, timedOut]);
  clearTimeout(timer);
  return {
    ids,
    perSecond: (count * 1000) / (lastAtMs - startMs),
    cpu: cpuSecondsPerItem(cpuBefore, readCpuSeconds(rig.server.pid), count),
  };
}

/** Starts clips as a user does, with a backfill of a channel that contains the clips. */
async function startClips({ client, discord, server }: Rig, { count, refreshes }: Amount) {
  const channelId = discord.addChannel(count, refreshes);
  const { started } = await client.workflow.execute<typeof backfill>('backfill', {
    taskQueue: server.config.taskQueue,
    workflowId: `backfill-${channelId}`,
    args: [{ channelId }],
  });
  if (started !== count) throw new Error(`the backfill started ${started} of ${count} clips`);
}

async function startBare({ client, server }: Rig, { count, refreshes }: Amount) {
  for (let at = 0; at < count; at += CONCURRENT_STARTS) {
    const batch = Array.from({ length: Math.min(CONCURRENT_STARTS, count - at) }, () =>
      client.workflow.start<typeof bare>('bare', {
        taskQueue: server.config.taskQueue,
        workflowId: `bare-${randomUUID()}`,
        args: refreshes === 0 ? [] : [refreshes, readRefreshesPerRun()],
      }),
    );
    await Promise.all(batch);
  }
}
