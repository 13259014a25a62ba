import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { createExecutions } from '../../src/temporal/executions.ts';
import { GRPC_STATUS } from '../../src/temporal/grpc-status.ts';

// A real server's lists can't be made wrong, so these tests have a client whose list is wrong.

const WORKFLOW_ID = 'clip-1-2';

/** A client that lists these runs for ever. The server knows only the runs in `known`, until they are deleted. */
function createStaleClient(listed: string[], known: string[] = []) {
  const stored = new Set(known);
  const requests: string[] = [];
  const client = {
    options: { namespace: 'default' },
    workflow: {
      async *list() {
        for (const runId of listed) yield { runId };
      },
      getHandle: () => ({
        describe: () =>
          Promise.reject(new WorkflowNotFoundError('not found', WORKFLOW_ID, undefined)),
      }),
    },
    workflowService: {
      async deleteWorkflowExecution(request: { workflowExecution: { runId: string } }) {
        const { runId } = request.workflowExecution;
        requests.push(runId);
        if (stored.delete(runId)) return;
        throw Object.assign(new Error('not found'), {
          ...{ code: GRPC_STATUS.NOT_FOUND, details: 'not found', metadata: {} },
        });
      },
    },
  };
  return { requests, client: client as unknown as Client };
}

test('a run that only the list of workflows has does not keep the deletion waiting for ever', async () => {
  const { requests, client } = createStaleClient(['lost', 'stored'], ['stored']);
  const executions = createExecutions(client, 'clips', { listedAfterDeletionMs: 300 });
  assert.equal(await executions.deleteAll(WORKFLOW_ID), 2);
  assert.deepEqual(requests, ['lost', 'stored', 'stored']);
});

test('if the activity is cancelled, the deletion stops', async () => {
  const { client } = createStaleClient(['lost']);
  const executions = createExecutions(client, 'clips');
  const deletion = executions.deleteAll(WORKFLOW_ID, { signal: AbortSignal.timeout(50) });
  await assert.rejects(deletion, (error: Error) => /abort|timeout/i.test(error.name));
});
