import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { clipsOfMessage } from '../../src/clip/message.ts';
import { CLIP_SEARCH_ATTRIBUTES } from '../../src/clip/search-attributes.ts';
import { applicationFailure } from '../../src/errors.ts';
import { createClipWorkflows } from '../../src/ingest/clip-workflows.ts';
import { createLogger } from '../../src/log.ts';
import { noMetrics } from '../../src/metrics.ts';
import { startClip } from '../../src/start-clip.ts';
import { registerSearchAttributes } from '../../src/temporal/register-search-attributes.ts';
import { aMessage, anAttachment, PLACE, RULES } from '../clip/a-message.ts';
import { startTemporal } from '../support/temporal.ts';
import { until } from '../support/wait.ts';

const TASK_QUEUE = 'refused';
const FIRST = '1213063181631516650';
const SECOND = '1213063181631516651';
const log = createLogger('silent', 'test');

function aClip(attachmentId: string, content = '') {
  const [clip] = clipsOfMessage(
    aMessage({ content, attachments: [anAttachment({ id: attachmentId })] }),
    PLACE,
    RULES,
  );
  assert.ok(clip);
  return clip;
}

/** Starts a clip, and returns `started`, or the type and message of the failure. */
async function outcome({ client }: TestWorkflowEnvironment, clip: ReturnType<typeof aClip>) {
  try {
    return await startClip(client, clip, { source: 'live', taskQueue: TASK_QUEUE });
  } catch (error) {
    const failure = applicationFailure(error);
    return `${failure?.type}: ${failure?.message}`;
  }
}

/** Changes an attribute's type, as an operator with the Temporal CLI could. */
async function registerAs({ client }: TestWorkflowEnvironment, name: string, type: number) {
  const { operatorService } = client.connection as unknown as {
    operatorService: { addSearchAttributes: (request: object) => Promise<unknown> };
  };
  const { namespace } = client.options;
  await operatorService.addSearchAttributes({ namespace, searchAttributes: { [name]: type } });
}

/** Tests how a real server refuses clips and edits. No worker runs, so the workflows stay open. */
describe('what Temporal refuses', () => {
  test('if search attributes are missing, starting a clip is retried and succeeds after a worker has registered the attributes', async (t) => {
    const temporal = await startTemporal({ attributes: 'missing' });
    t.after(() => temporal.teardown());
    const clip = aClip(FIRST);
    assert.match(
      await outcome(temporal, clip),
      /^ServiceFailed: Temporal refuses to start clips: .*no mapping defined for search attribute/,
    );
    await registerSearchAttributes(temporal.client, log);
    await until('the start', async () => (await outcome(temporal, clip)) === 'started');
  });

  test('if a search attribute has the wrong type, starting a clip is retried', async (t) => {
    const temporal = await startTemporal({ attributes: 'missing' });
    t.after(() => temporal.teardown());
    const DOUBLE = 4;
    await registerAs(temporal, CLIP_SEARCH_ATTRIBUTES[0].name, DOUBLE);
    await registerSearchAttributes(temporal.client, log);
    await until('the refusal of the wrong type', async () =>
      /^ServiceFailed: .*invalid value for search attribute ClipTitle/.test(
        await outcome(temporal, aClip(FIRST)),
      ),
    );
  });

  test('if a clip or an edit is too large for Temporal, the request fails with InvalidInput', async (t) => {
    // With the server's default of 2 MB, Temporal would take every text, because longer texts are cut.
    const settings = ['limit.blobSize.warn=10000', 'limit.blobSize.error=20000'];
    const temporal = await startTemporal({ settings });
    t.after(() => temporal.teardown());
    // If a request is larger than 4 MB, the client itself retries for a minute, so test/start-clip.test.ts covers this
    // case.
    const text = 'x'.repeat(50_000);
    const clips = createClipWorkflows(temporal.client, TASK_QUEUE, log, noMetrics);
    assert.equal(await outcome(temporal, aClip(FIRST)), 'started');
    assert.match(await outcome(temporal, aClip(SECOND, text)), /^InvalidInput: /);
    await assert.rejects(
      clips.startOrEdit({ ...aClip(FIRST), description: text }),
      (error) => applicationFailure(error)?.type === 'InvalidInput',
    );
    assert.match(await outcome(temporal, aClip('2'.repeat(1100))), /^InvalidInput: /);
  });
});
