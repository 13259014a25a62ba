import assert from 'node:assert/strict';
import { createServer } from 'node:http2';
import { test } from 'node:test';
import proto from '@temporalio/proto';
import { GRPC_STATUS } from '../../src/temporal/grpc-status.ts';
import { startProgram } from '../support/program.ts';
import { serve } from '../support/serve-grpc.ts';
import { startTemporal } from '../support/temporal.ts';

/** Runs `npm run status` against a server. Returns what it prints before it exits with 1. */
async function statusOf(address: string): Promise<string> {
  const program = startProgram('src/status/main.ts', { TEMPORAL_ADDRESS: address });
  assert.equal(await program.exit(), 1);
  return program.output();
}

test('if search attributes are missing, the status names one of them and says to run the doctor', async () => {
  const environment = await startTemporal({ attributes: 'missing' });
  try {
    assert.match(
      await statusOf(environment.address),
      /^Temporal refused to list the clips \(invalid query.*(ClipState|LinkExpiresAt).*\): run npm run doctor, which checks the search attributes\n$/,
    );
  } finally {
    await environment.teardown();
  }
});

test('if the server denies counting workflows, the status says to set TEMPORAL_API_KEY', async (t) => {
  const port = await serve(t, createServer(), (path) =>
    path.endsWith('/CountWorkflowExecutions') ? GRPC_STATUS.PERMISSION_DENIED : 0,
  );
  assert.match(
    await statusOf(`localhost:${port}`),
    /^Temporal at .* denied access \(permission denied\): set TEMPORAL_API_KEY/,
  );
});

const SERVICE = proto.temporal.api.workflowservice.v1;

/** The answer to every list query: one backfill. */
const ONE_BACKFILL = SERVICE.ListWorkflowExecutionsResponse.encode({
  executions: [
    { execution: { workflowId: 'backfill-1', runId: 'run' }, type: { name: 'backfill' } },
  ],
}).finish();

/** The description of a backfill whose workflow task is being retried. */
const FAILING_TASK = SERVICE.DescribeWorkflowExecutionResponse.encode({
  executionConfig: { taskQueue: { name: 'clips' } },
  workflowExecutionInfo: {
    execution: { workflowId: 'backfill-1', runId: 'run' },
    type: { name: 'backfill' },
    status: proto.temporal.api.enums.v1.WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_RUNNING,
    startTime: {},
    executionTime: {},
  },
  pendingWorkflowTask: { attempt: 5 },
}).finish();

for (const method of ['DescribeWorkflowExecution', 'GetWorkflowExecutionHistoryReverse']) {
  test(`if the server denies ${method}, the status says so instead of showing no faults`, async (t) => {
    const port = await serve(
      t,
      createServer(),
      (path) => (path.endsWith(`/${method}`) ? GRPC_STATUS.PERMISSION_DENIED : 0),
      (path) => {
        if (path.endsWith('/ListWorkflowExecutions')) return ONE_BACKFILL;
        return path.endsWith('/DescribeWorkflowExecution') ? FAILING_TASK : new Uint8Array();
      },
    );
    assert.match(
      await statusOf(`localhost:${port}`),
      /^Temporal at .* denied access \(permission denied\): set TEMPORAL_API_KEY/,
    );
  });
}

test('if the server does not support counting workflows, the status prints the gRPC code', async (t) => {
  const port = await serve(t, createServer(), (path) =>
    path.endsWith('/CountWorkflowExecutions') ? GRPC_STATUS.UNIMPLEMENTED : 0,
  );
  assert.match(await statusOf(`localhost:${port}`), /^Failed to count workflows: 12 UNIMPLEMENTED/);
});
