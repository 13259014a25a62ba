import { setTimeout as pause } from 'node:timers/promises';
import { isGrpcServiceError, WorkflowNotFoundError, type Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { clipIdOfWorkflow } from '../clip/names.ts';
import { CLIPS_QUERY, onTaskQueue, runsQuery, UNRECORDED_QUERY } from './clip-queries.ts';
import { GRPC_STATUS } from './grpc-status.ts';

/** The server deletes an execution in the background, which takes some 100 ms, and longer for a long history. */
const POLL_MS = 200;

/**
 * Lists show a run for some time after it was deleted. If the server does not know a run for this long, the list is
 * wrong for good: the server lost the run's history, but not its entry in the list, which nobody can delete.
 */
const LISTED_AFTER_DELETION_MS = 10_000;

/**
 * Creates the functions that find executions of clips' workflows, and delete executions with their histories. Searches
 * find only workflows on `taskQueue`, because other installations may use the same namespace.
 */
export function createExecutions(
  client: Client,
  taskQueue: string,
  { listedAfterDeletionMs = LISTED_AFTER_DELETION_MS } = {},
) {
  const { namespace } = client.options;

  /** Returns false if the server does not know the run. */
  async function requestDeletion(workflowId: string, runId: string): Promise<boolean> {
    try {
      const workflowExecution = { workflowId, runId };
      await client.workflowService.deleteWorkflowExecution({ namespace, workflowExecution });
      return true;
    } catch (error) {
      if (!isGone(error)) throw error;
      return false;
    }
  }

  /**
   * Returns the runs that Temporal knows. New runs appear in lists with a delay, and deleted runs disappear from lists
   * with a delay. So the newest run is also asked for directly.
   */
  async function listRuns(workflowId: string): Promise<Set<string>> {
    const runs = new Set<string>();
    const query = runsQuery(workflowId);
    for await (const { runId } of client.workflow.list({ query })) runs.add(runId);
    try {
      runs.add((await client.workflow.getHandle(workflowId).describe()).runId);
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
    return runs;
  }

  /**
   * Returns the first argument in the first event of a run, or null if Temporal no longer knows the run, or another
   * installation started it.
   */
  async function inputOf(execution: { workflowId: string; runId?: string }): Promise<unknown> {
    try {
      const { history } = await client.workflowService.getWorkflowExecutionHistory({
        namespace,
        execution,
        maximumPageSize: 1,
      });
      const started = history?.events?.[0]?.workflowExecutionStartedEventAttributes;
      if (started?.taskQueue?.name !== taskQueue) return null;
      const payload = started.input?.payloads?.[0];
      return payload ? defaultPayloadConverter.fromPayload(payload) : null;
    } catch (error) {
      if (isGone(error)) return null;
      throw error;
    }
  }

  async function* inputsOf(
    query: string,
    isWanted: (workflowId: string) => boolean,
  ): AsyncGenerator {
    const listed = client.workflow.list({ query: onTaskQueue(query, taskQueue) });
    for await (const { workflowId, runId } of listed) {
      if (isWanted(workflowId)) yield await inputOf({ workflowId, runId });
    }
  }

  return {
    async deleteRun({ workflowId, runId }: { workflowId: string; runId: string }): Promise<void> {
      await requestDeletion(workflowId, runId);
    },
    findInput: (workflowId: string) => inputOf({ workflowId }),
    async *listUnrecorded(): AsyncIterable<unknown> {
      yield* inputsOf(UNRECORDED_QUERY, () => true);
    },
    async *listOthers(recorded: ReadonlySet<string>): AsyncIterable<unknown> {
      yield* inputsOf(CLIPS_QUERY, (workflowId) => {
        const clipId = clipIdOfWorkflow(workflowId);
        return clipId !== null && !recorded.has(clipId);
      });
    },
    async deleteAll(
      workflowId: string,
      { exceptRunId, signal }: { exceptRunId?: string; signal?: AbortSignal } = {},
    ): Promise<number> {
      const known = new Set<string>();
      const unknownSinceMs = new Map<string, number>();
      const isLost = (runId: string): boolean =>
        performance.now() - (unknownSinceMs.get(runId) ?? Infinity) >= listedAfterDeletionMs;
      for (;;) {
        signal?.throwIfAborted();
        const runs = await listRuns(workflowId);
        const left = [...runs].filter((runId) => runId !== exceptRunId && !isLost(runId));
        if (left.length === 0) return known.size;
        for (const runId of left) {
          known.add(runId);
          if (unknownSinceMs.has(runId) || (await requestDeletion(workflowId, runId))) continue;
          unknownSinceMs.set(runId, performance.now());
        }
        await pause(POLL_MS, undefined, signal && { signal });
      }
    },
  };
}

function isGone(error: unknown): boolean {
  if (!isGrpcServiceError(error)) return false;
  const code: number = error.code;
  return code === GRPC_STATUS.NOT_FOUND;
}
