import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { WorkflowFailedError } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import type { Activities } from '../../src/activities/create-activities.ts';
import { clipQuery, editedSignal, goneSignal } from '../../src/workflows/messages.ts';
import { aClip, aLink, fakeActivities } from '../support/fake-activities.ts';
import { startTemporal, withWorkers } from '../support/temporal.ts';
import { until } from '../support/wait.ts';
import { withClip } from './with-clip.ts';

const CHANNEL = '1196521684992000058';
const SWEEP = { channelId: CHANNEL, channelName: 'overtime', after: CHANNEL, untilQuiet: false };

/** A payload that another program encrypted. Temporal's SDK can decode such a payload only with that program's codec. */
const UNREADABLE = {
  metadata: { encoding: new TextEncoder().encode('json/encrypted') },
  data: new TextEncoder().encode('{"description":'),
};

/** What the workflows have logged. */
const lines: string[] = [];

describe('input from outside', { concurrency: 4 }, () => {
  let environment: TestWorkflowEnvironment;
  before(async () => {
    const logger = new DefaultLogger('WARN', ({ message, meta }) => {
      lines.push(`${meta?.workflowId} ${message}`);
    });
    Runtime.install({ logger, shutdownSignals: [] });
    environment = await startTemporal({ runtime: 'installed' });
  });
  after(async () => {
    await environment.teardown();
  });

  /** Starts a workflow by hand. Returns the type and message of its failure. */
  async function failureOf(type: string, args: unknown[]): Promise<string> {
    const activities: Partial<Activities> = fakeActivities().activities;
    return await withWorkers(environment, activities, async (taskQueue) => {
      const error: unknown = await environment.client.workflow
        .execute(type, { taskQueue, workflowId: `by-hand-${taskQueue}`, args })
        .catch((reason: unknown) => reason);
      const { cause } = error as WorkflowFailedError;
      return `${(cause as { type?: string }).type}: ${cause?.message}`;
    });
  }

  const malformed: [string, unknown[]][] = [
    ['without input', []],
    ['with a text', ['new text']],
    ['without a link', [{ description: 'new text' }]],
    ['with a link that is not http(s)', [{ description: 'new text', url: 'file:///etc/passwd' }]],
    ['with a number as text', [{ description: 7, url: aLink(100_000) }]],
  ];
  for (const [name, args] of malformed) {
    test(`a signal "edited" ${name} is logged and ignored, and the clip goes on`, async () => {
      const { activities, writes } = fakeActivities();
      const clip = aClip();
      await withClip(environment, activities, clip, async (handle) => {
        await handle.signal('edited', ...args);
        const { clip: kept } = await handle.query(clipQuery);
        assert.deepEqual([kept.description, kept.url], [clip.description, clip.url]);
        const warning = `${handle.workflowId} ignored a malformed signal "edited"`;
        await until('the line in the log', () => lines.some((line) => line.startsWith(warning)));
        await handle.signal(editedSignal, { description: 'a real edit', url: aLink(100_000) });
        await until('the record of the real edit', () =>
          writes.some(({ clip: { description } }) => description === 'a real edit'),
        );
        await handle.signal(goneSignal);
        assert.equal((await handle.result()).status, 'deleted');
      });
    });
  }

  test('a signal with an unknown name is logged and ignored, and signals that arrive with it still work', async () => {
    const { activities } = fakeActivities();
    await withClip(environment, activities, aClip(), async (handle) => {
      await handle.signal('refreshnow');
      const warning = `${handle.workflowId} ignored the unknown signal "refreshnow": this workflow has only gone, edited, refreshNow, repair`;
      await until('the line in the log', () => lines.includes(warning));
      await handle.signal(goneSignal);
      assert.equal((await handle.result()).status, 'deleted');
    });
  });

  test('if a signal "edited" has texts of megabytes, they are cut, and the clip goes on', async () => {
    const { activities, writes } = fakeActivities();
    await withClip(environment, activities, aClip(), async (handle) => {
      const description = 'x'.repeat(1_900_000);
      await handle.signal(editedSignal, { description, url: aLink(100_000) });
      await until('the record', () => (writes.at(-1)?.clip.description.length ?? 0) > 1000);
      assert.ok((writes.at(-1)?.clip.description.length ?? 0) <= 100_000);
      await handle.signal(goneSignal);
      assert.equal((await handle.result()).status, 'deleted');
    });
  });

  test('a signal that cannot be decoded is ignored, and the clip goes on', async () => {
    const { activities } = fakeActivities();
    await withClip(environment, activities, aClip(), async (handle) => {
      for (const signalName of ['edited', 'gone']) {
        await environment.client.workflowService.signalWorkflowExecution({
          namespace: 'default',
          workflowExecution: { workflowId: handle.workflowId },
          signalName,
          input: { payloads: [UNREADABLE] },
        });
        if (signalName === 'edited') assert.equal((await handle.query(clipQuery)).status, 'live');
      }
      assert.equal((await handle.result()).status, 'deleted', 'the signal "gone" needs no input');
    });
  });

  test('a clip that is started by hand with a field that Everclip does not know runs without the field', async () => {
    const { activities } = fakeActivities();
    const clip = aClip();
    await withWorkers(environment, activities, async (taskQueue) => {
      const handle = await environment.client.workflow.start('archiveClip', {
        taskQueue,
        workflowId: `by-hand-${taskQueue}`,
        args: [{ ...clip, admin: true }],
      });
      const view = await until('its first record', async () => {
        const now = await handle.query(clipQuery);
        return now.status === 'live' ? now : null;
      });
      assert.deepEqual(view.clip, clip);
      await handle.terminate();
    });
  });

  const ADVICE = "run a backfill of the clip's channel instead of starting archiveClip by hand";
  const refused: [string, string, unknown[], string][] = [
    [
      'a clip with a channel id that is not a Discord id',
      'archiveClip',
      [aClip({ channelId: '../userData' })],
      `the input of archiveClip is invalid (channelId is not a Discord id): ${ADVICE}`,
    ],
    [
      'a clip with a link that is not http(s)',
      'archiveClip',
      [aClip({ url: 'file:///etc/passwd' })],
      `the input of archiveClip is invalid (url is not an http(s) link): ${ADVICE}`,
    ],
    [
      'a clip that restarts an unknown status',
      'archiveClip',
      [aClip(), null, { restarts: 'deleted' }],
      `the third input of archiveClip is invalid (`,
    ],
    [
      'a clip with the state of an earlier run',
      'archiveClip',
      [aClip(), { revision: 'many' }],
      'archiveClip takes no second input: start it without the second --input',
    ],
    [
      'a backfill with the state of an earlier run',
      'backfill',
      [{ channelId: CHANNEL }, 'x'],
      'backfill takes no second input: start it without the second --input',
    ],
    ['a sweep without input', 'sweep', [], 'the input of sweep is invalid (it is not an object)'],
    [
      'a sweep from a message id that is not a Discord id',
      'sweep',
      [{ ...SWEEP, after: 'newest' }],
      'the input of sweep is invalid (after is not a Discord id)',
    ],
    [
      'a workflow type that is known but for its case',
      'Backfill',
      [{ channelId: CHANNEL }],
      'unknown workflow type Backfill: start it with --type backfill',
    ],
    [
      'another workflow type that is known but for its case',
      'ARCHIVECLIP',
      [],
      'unknown workflow type ARCHIVECLIP: start it with --type archiveClip',
    ],
  ];
  for (const [name, type, args, sentence] of refused) {
    test(`${name} fails at once with one sentence`, async () => {
      const failure = await failureOf(type, args);
      assert.ok(failure.startsWith(`InvalidInput: ${sentence}`), failure);
    });
  }

  test('an input that cannot be decoded fails at once with one sentence', async () => {
    await withWorkers(environment, fakeActivities().activities, async (taskQueue) => {
      const workflowId = `by-hand-${taskQueue}`;
      await environment.client.workflowService.startWorkflowExecution({
        namespace: 'default',
        workflowId,
        requestId: workflowId,
        workflowType: { name: 'backfill' },
        taskQueue: { name: taskQueue },
        input: { payloads: [UNREADABLE] },
      });
      await assert.rejects(
        environment.client.workflow.getHandle(workflowId).result(),
        (error: WorkflowFailedError) =>
          error.cause!.message.startsWith('a backfill needs an input'),
      );
    });
  });
});
