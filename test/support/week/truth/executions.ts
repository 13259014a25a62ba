import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';

/** A run of a workflow. */
export interface Execution {
  readonly workflowId: string;
  readonly runId: string;
  readonly type: string;
  readonly status: string;
  readonly startedAtMs: number;
  /** Null while the run goes on. */
  readonly endedAtMs: number | null;
  /** The search attribute `ClipState`. */
  readonly clipState: string | undefined;
}

const CLIP_STATE = defineSearchAttributeKey('ClipState', SearchAttributeType.KEYWORD);

/** Lists the workflows, including ended ones, but without runs that continued as new. */
export async function listExecutions(temporal: Client): Promise<Execution[]> {
  const found: Execution[] = [];
  for await (const each of temporal.workflow.list()) {
    const { workflowId, runId, type, status, startTime, closeTime } = each;
    if (status.name === 'CONTINUED_AS_NEW') continue;
    found.push({
      workflowId,
      runId,
      type,
      status: status.name,
      startedAtMs: startTime.getTime(),
      endedAtMs: closeTime?.getTime() ?? null,
      clipState: each.typedSearchAttributes.get(CLIP_STATE),
    });
  }
  return found;
}

const CLIP_IN_DIFFERENCE = /^clip (\d+-\d+) /;

/** Returns what the running workflows of the clips in these sentences wait for, for people. */
export async function explainDifferences(
  temporal: Client,
  differences: readonly string[],
): Promise<string[]> {
  const ids = new Set(differences.flatMap((each) => CLIP_IN_DIFFERENCE.exec(each)?.[1] ?? []));
  const notes: string[] = [];
  for (const id of ids) {
    const described = await temporal.workflow
      .getHandle(`clip-${id}`)
      .describe()
      .catch((error: unknown) => error as Error);
    notes.push(
      described instanceof Error
        ? `clip-${id} can't be described: ${described.message}`
        : `clip-${id} is ${described.status.name}; ${pendingIn(described.raw)}`,
    );
  }
  return notes;
}

type Described = WorkflowExecutionDescription['raw'];

function pendingIn({ pendingActivities, pendingWorkflowTask }: Described): string {
  const activities = (pendingActivities ?? []).map(
    ({ activityType, attempt, lastFailure }) =>
      `${activityType?.name}, attempt ${attempt}, last failure: ${lastFailure?.message ?? 'none'}`,
  );
  const tasks = pendingWorkflowTask
    ? [`a workflow task, attempt ${pendingWorkflowTask.attempt}`]
    : [];
  return `pending: ${[...tasks, ...activities].join('; ') || 'nothing'}`;
}
