import assert from 'node:assert/strict';
import { createServer } from 'node:http2';
import { test } from 'node:test';
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

test('if the server cannot count workflows for another reason, the status prints the code', async (t) => {
  const port = await serve(t, createServer(), (path) =>
    path.endsWith('/CountWorkflowExecutions') ? GRPC_STATUS.UNIMPLEMENTED : 0,
  );
  assert.match(await statusOf(`localhost:${port}`), /^Failed to count workflows: 12 UNIMPLEMENTED/);
});
