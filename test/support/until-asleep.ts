import type { WorkflowHandle } from '@temporalio/client';
import { until } from './wait.ts';

/** Waits until the workflow's current run has started a timer. Fails if the workflow ends instead. */
export async function untilAsleep(handle: Pick<WorkflowHandle, 'fetchHistory'>): Promise<void> {
  await until('the workflow sleeps', async () => {
    const { events } = await handle.fetchHistory();
    return events?.some(({ timerStartedEventAttributes: timer }) => timer);
  });
}
