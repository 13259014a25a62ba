import type { Client } from '@temporalio/client';

/** An activity that fails and is being retried, in how many of the workflows that were looked at. */
export interface PendingFault {
  activity: string;
  reason: string;
  workflows: number;
  /** One of them, to open in the Web UI. */
  example: string;
}

/** Workflows that are looked into for each query: enough to tell what is wrong with all of them. */
const MOST_LOOKED_AT = 20;

/** What fails in the first workflows that each query lists, most frequent first. */
export async function pendingFaults(client: Client, queries: string[]): Promise<PendingFault[]> {
  const faults = new Map<string, PendingFault>();
  const seen = new Set<string>();
  for (const query of queries) {
    const ids: string[] = [];
    for await (const { workflowId } of client.workflow.list({ query, pageSize: MOST_LOOKED_AT })) {
      if (!seen.has(workflowId)) ids.push(workflowId);
      seen.add(workflowId);
      if (ids.length === MOST_LOOKED_AT) break;
    }
    for (const [id, pending] of await Promise.all(ids.map((id) => pendingOf(client, id)))) {
      for (const { activity, reason } of pending) {
        const key = `${activity} ${reason}`;
        const known = faults.get(key) ?? { activity, reason, workflows: 0, example: id };
        faults.set(key, { ...known, workflows: known.workflows + 1 });
      }
    }
  }
  return [...faults.values()].sort((a, b) => b.workflows - a.workflows);
}

async function pendingOf(
  client: Client,
  workflowId: string,
): Promise<[string, { activity: string; reason: string }[]]> {
  const described = await client.workflow
    .getHandle(workflowId)
    .describe()
    .catch(() => null);
  const failing = (described?.raw.pendingActivities ?? []).filter(({ lastFailure }) => lastFailure);
  return [
    workflowId,
    failing.map(({ activityType, lastFailure }) => ({
      activity: activityType?.name ?? 'activity',
      reason: lastFailure?.message ?? '',
    })),
  ];
}
