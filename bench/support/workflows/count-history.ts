import type { Client } from '@temporalio/client';

/** The size of one workflow's history, over all of its runs. */
export interface HistoryCounts {
  runs: number;
  events: number;
  remoteActivities: number;
  localActivities: number;
}

/** How many workflows are sampled. The histories of all workflows of a benchmark have about the same size. */
const SAMPLE_SIZE = 10;

/** Returns the mean size of some of the workflows' histories. */
export async function countMeanHistory(client: Client, ids: string[]): Promise<HistoryCounts> {
  const sample = ids.slice(-SAMPLE_SIZE);
  const counts = await Promise.all(sample.map((id) => countHistory(client, id)));
  const mean = (name: keyof HistoryCounts) =>
    counts.reduce((sum, each) => sum + each[name], 0) / counts.length;
  return {
    runs: mean('runs'),
    events: mean('events'),
    remoteActivities: mean('remoteActivities'),
    localActivities: mean('localActivities'),
  };
}

async function countHistory(client: Client, workflowId: string): Promise<HistoryCounts> {
  const counts = { runs: 0, events: 0, remoteActivities: 0, localActivities: 0 };
  let runId: string | null | undefined;
  // Starts at the newest run. The first event of a run contains the id of the run before it.
  do {
    const handle = client.workflow.getHandle(workflowId, runId ?? undefined);
    const events = (await handle.fetchHistory()).events ?? [];
    counts.runs += 1;
    counts.events += events.length;
    for (const event of events) {
      if (event.activityTaskScheduledEventAttributes) counts.remoteActivities += 1;
      if (event.markerRecordedEventAttributes?.markerName === 'core_local_activity') {
        counts.localActivities += 1;
      }
    }
    runId = events[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId;
  } while (runId);
  return counts;
}
