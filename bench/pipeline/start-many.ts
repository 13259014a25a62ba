import { randomUUID } from 'node:crypto';
import type { backfill } from '../../src/workflows/backfill.ts';
import type { bare } from './bare.ts';
import { refreshesPerRun } from './refreshes-per-run.ts';
import type { Rig } from './rig.ts';

export const KINDS = ['clip', 'bare'] as const;
export type Kind = (typeof KINDS)[number];

export interface Amount {
  count: number;
  /** How often each of them wakes and falls asleep again before its long sleep. */
  refreshes: number;
}

/** As many starts at a time as a backfill has under way. */
const CONCURRENT_STARTS = 8;

/** Starts workflows: clips by a backfill of a channel that holds as many, bare ones by the client. */
export async function startMany(rig: Rig, kind: Kind, amount: Amount): Promise<void> {
  await (kind === 'clip' ? startClips(rig, amount) : startBare(rig, amount));
}

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
        args: refreshes === 0 ? [] : [refreshes, refreshesPerRun()],
      }),
    );
    await Promise.all(batch);
  }
}
