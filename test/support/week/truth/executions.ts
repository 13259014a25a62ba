import type { Client } from '@temporalio/client';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';

/** A run of a workflow. */
export interface Execution {
  readonly workflowId: string;
  readonly type: string;
  readonly status: string;
  readonly startedAtMs: number;
  /** The search attribute `ClipState`. */
  readonly clipState: string | undefined;
}

const CLIP_STATE = defineSearchAttributeKey('ClipState', SearchAttributeType.KEYWORD);

/** Lists the workflows, including ended ones, but without runs that continued as new. */
export async function listExecutions(temporal: Client): Promise<Execution[]> {
  const found: Execution[] = [];
  for await (const each of temporal.workflow.list()) {
    const { workflowId, type, status, startTime, typedSearchAttributes } = each;
    if (status.name === 'CONTINUED_AS_NEW') continue;
    const clipState = typedSearchAttributes.get(CLIP_STATE);
    const startedAtMs = startTime.getTime();
    found.push({ workflowId, type, status: status.name, startedAtMs, clipState });
  }
  return found;
}
