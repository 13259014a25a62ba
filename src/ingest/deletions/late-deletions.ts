import { isFailure } from '../../errors.ts';
import type { ClipWorkflows } from '../clip-workflows.ts';
import type { EventQueue } from '../event-queue.ts';

/**
 * How long after a deletion the deletion is applied again, in milliseconds. A backfill or a sweep may have read the
 * message before the deletion, and may start its clips after the deletion.
 */
const REPEAT_AFTER_MS = 2 * 60 * 1000;

/** Deletions within this time are repeated together, in milliseconds, because they share list queries. */
const BATCH_MS = 10_000;

/** How many deletions may wait. Each takes about 100 bytes. */
const MAX_WAITING = 20_000;

/** Applies each deletion a second time, so that it also reaches clips whose workflow started after the deletion. */
export interface LateDeletions {
  add(messageId: string): void;
  /** Forgets all deletions. The next refresh of a clip finds its deletion. */
  stop(): void;
}

interface LateDeletionParts {
  queue: Pick<EventQueue, 'add'>;
  clips: Pick<ClipWorkflows, 'createBulkLookUp' | 'reportDeleted'>;
  repeatAfterMs?: number;
  batchMs?: number;
}

export function createLateDeletions({
  queue,
  clips,
  repeatAfterMs = REPEAT_AFTER_MS,
  batchMs = BATCH_MS,
}: LateDeletionParts): LateDeletions {
  const timers = new Set<NodeJS.Timeout>();
  /** The batch that further deletions join; null if the next deletion opens a batch. */
  let batch: Set<string> | null = null;
  let waiting = 0;
  let batches = 0;

  function after(ms: number, run: () => void): void {
    const timer = setTimeout(() => {
      timers.delete(timer);
      run();
    }, ms);
    timers.add(timer);
  }

  function openBatch(): Set<string> {
    const opened = new Set<string>();
    batch = opened;
    after(batchMs, () => {
      batch = null;
      after(repeatAfterMs, () => {
        waiting -= opened.size;
        repeat([...opened]);
      });
    });
    return opened;
  }

  function repeat(messageIds: readonly string[]): void {
    const findRunning = clips.createBulkLookUp(messageIds);
    batches += 1;
    queue.add({
      key: `late-deletions-${batches}`,
      what: 'forward deletions again to clips that started late',
      run: async () => {
        const refusals: unknown[] = [];
        for (const messageId of messageIds) {
          for (const workflowId of await findRunning(messageId)) {
            await clips.reportDeleted(workflowId).catch((error: unknown) => {
              // The queue skips all work that throws InvalidInput, so the other clips of the batch come first.
              if (!isFailure(error, 'InvalidInput')) throw error;
              refusals.push(error);
            });
          }
        }
        if (refusals.length > 0) throw refusals[0];
      },
    });
  }

  return {
    add(messageId) {
      // The next refresh of a clip finds a deletion that is not repeated.
      if (waiting >= MAX_WAITING) return;
      const open = batch ?? openBatch();
      if (open.has(messageId)) return;
      open.add(messageId);
      waiting += 1;
    },
    stop() {
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
}
