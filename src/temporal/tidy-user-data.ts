import type { Client } from '@temporalio/client';
import { tidyWorkflowId } from '../clip/names.ts';

/** The search for unused user data reads every record, so it runs at most once a day. */
const TIDY_AFTER_MS = 24 * 60 * 60 * 1000;

/**
 * Creates the function that starts the workflow `tidyUserData`, or sends more people to the one that runs. The server
 * limits the signals of a workflow, so people who are reported while a signal is on its way share the next signal.
 * `settleMs` is how long after a clip ended its user data may still be written.
 */
export function createTidyUserData(
  client: Pick<Client, 'workflow'>,
  taskQueue: string,
  { waitMs = TIDY_AFTER_MS, settleMs }: { waitMs?: number; settleMs: number },
): (hashes: string[]) => Promise<void> {
  let last: Promise<unknown> = Promise.resolve();
  let next: { hashes: Set<string>; sent: Promise<void> } | null = null;

  return async (hashes) => {
    next ??= prepare();
    for (const hash of hashes) next.hashes.add(hash);
    await next.sent;
  };

  function prepare(): { hashes: Set<string>; sent: Promise<void> } {
    const hashes = new Set<string>();
    const sent = last.then(async () => {
      next = null;
      await send([...hashes]);
    });
    last = sent.catch(() => undefined);
    return { hashes, sent };
  }

  async function send(hashes: string[]): Promise<void> {
    await client.workflow.signalWithStart('tidyUserData', {
      taskQueue,
      workflowId: tidyWorkflowId(taskQueue),
      args: [{ waitMs, settleMs }],
      signal: 'maybeUnused',
      signalArgs: [hashes],
    });
  }
}
