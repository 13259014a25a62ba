import type { Client } from '@temporalio/client';

/** What one workflow has in its history, all of its runs together. */
export interface HistoryCounts {
  runs: number;
  events: number;
  remoteActivities: number;
  localActivities: number;
}

const SAMPLE = 10;

/** Mean of some of the workflows' histories. */
export async function meanHistory(client: Client, ids: string[]): Promise<HistoryCounts> {
  const sample = ids.slice(-SAMPLE);
  const all = await Promise.all(sample.map((id) => countsOf(client, id)));
  const mean = (name: keyof HistoryCounts) =>
    all.reduce((sum, counts) => sum + counts[name], 0) / all.length;
  return {
    runs: mean('runs'),
    events: mean('events'),
    remoteActivities: mean('remoteActivities'),
    localActivities: mean('localActivities'),
  };
}

async function countsOf(client: Client, workflowId: string): Promise<HistoryCounts> {
  const counts = { runs: 0, events: 0, remoteActivities: 0, localActivities: 0 };
  let runId: string | null | undefined;
  do {
    const handle = client.workflow.getHandle(workflowId, runId ?? undefined);
    const { events } = await handle.fetchHistory();
    counts.runs += 1;
    counts.events += events?.length ?? 0;
    for (const event of events ?? []) {
      if (event.activityTaskScheduledEventAttributes) counts.remoteActivities += 1;
      if (event.markerRecordedEventAttributes?.markerName === 'core_local_activity') {
        counts.localActivities += 1;
      }
    }
    runId = events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId;
  } while (runId);
  return counts;
}
