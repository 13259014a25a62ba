import type { Client } from '@temporalio/client';
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
