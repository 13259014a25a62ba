import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  ServiceError,
  WorkflowExecutionAlreadyStartedError,
  type Client,
} from '@temporalio/client';
import type { Clip } from '../src/clip/clip.ts';
import { clipsOfMessage } from '../src/clip/message.ts';
import { isFailure } from '../src/errors.ts';
import { startClip } from '../src/start-clip.ts';
import { aMessage, PLACE, RULES } from './clip/a-message.ts';

interface Started {
  type: string;
  options: {
    args: unknown[];
    typedSearchAttributes: { key: { name: string }; value: unknown }[];
  } & Record<string, unknown>;
}

/** A client that records the workflows it is asked to start. If `error` is given, each start throws this error. */
function fakeClient(error?: Error): { client: Client; started: Started[] } {
  const started: Started[] = [];
  const start = async (type: string, options: Started['options']) => {
    started.push({ type, options });
    if (error) throw error;
  };
  return { client: { workflow: { start } } as unknown as Client, started };
}

const [CLIP] = clipsOfMessage(aMessage(), PLACE, RULES);
assert.ok(CLIP);
const QUEUE = { source: 'live', taskQueue: 'clips' } as const;

/** Starts a clip. Returns the search attributes of the clip's workflow, keyed by name. */
async function attributesOf(clip: Clip): Promise<Record<string, unknown>> {
  const { client, started } = fakeClient();
  await startClip(client, clip, QUEUE);
  const attributes = started[0]?.options.typedSearchAttributes ?? [];
  return Object.fromEntries(attributes.map(({ key, value }) => [key.name, value]));
}

describe('startClip', () => {
  test('the workflow id of a clip consists of the message id and the attachment id, and cannot be used twice', async () => {
    const { client, started } = fakeClient();
    assert.equal(await startClip(client, CLIP, QUEUE), 'started');
    assert.equal(started.length, 1);
    const [{ type, options }] = started as [Started];
    assert.equal(type, 'archiveClip');
    assert.equal(options.workflowId, 'clip-1213063181631516641-1213063179848942529');
    assert.equal(options.taskQueue, 'clips');
    assert.equal(options.workflowIdConflictPolicy, 'FAIL');
    assert.equal(options.staticSummary, 'COMET.mp4 by _juno in #overtime');
    assert.deepEqual(options.args, [CLIP]);
  });

  test('starting a clip that is running returns "known", and an unexpected error is thrown', async () => {
    const known = new WorkflowExecutionAlreadyStartedError('known', 'clip-1-2', 'archiveClip');
    assert.equal(await startClip(fakeClient(known).client, CLIP, QUEUE), 'known');
    const away = new Error('Temporal is away');
    await assert.rejects(startClip(fakeClient(away).client, CLIP, QUEUE), away);
  });

  test('if a clip is too large for Temporal, starting it fails with InvalidInput; other refusals do not', async () => {
    const refuse = (code: number, details: string) => {
      const cause = Object.assign(new Error(details), { code, details });
      return startClip(fakeClient(new ServiceError('refused', { cause })).client, CLIP, QUEUE);
    };
    const isInvalid = (error: unknown) => {
      assert.match((error as Error).message, /^Temporal refuses the clip clip-\d+-\d+: .*l/);
      return isFailure(error, 'InvalidInput');
    };
    await assert.rejects(refuse(3, 'WorkflowId length exceeds limit.'), isInvalid);
    await assert.rejects(refuse(8, 'grpc: received message larger than max (5 vs. 4)'), isInvalid);
    await assert.rejects(refuse(3, 'Blob data size exceeds limit.'), isInvalid);
    await assert.rejects(refuse(8, 'namespace rate limit exceeded'), ServiceError);
    // The task queue comes from a setting, so this error affects all clips and is not the fault of one clip.
    await assert.rejects(refuse(3, 'taskQueue length exceeds limit'), (error) =>
      isFailure(error, 'ServiceFailed'),
    );
    await assert.rejects(refuse(14, 'unavailable'), ServiceError);
  });

  test('if a clip is malformed, starting it fails with InvalidInput', async () => {
    const malformed = [
      { ...CLIP, filename: null as never },
      { ...CLIP, poster: { id: '1' } as never },
      { ...CLIP, messageId: "1' OR ''='" },
      { ...CLIP, url: 'javascript:alert(1)' },
      { ...CLIP, postedAtMs: NaN },
    ];
    for (const clip of malformed) {
      const { client, started } = fakeClient();
      await assert.rejects(startClip(client, clip, QUEUE), (error) =>
        isFailure(error, 'InvalidInput'),
      );
      assert.deepEqual(started, []);
    }
  });

  test('live clips have priority over clips from a backfill', async () => {
    const { client, started } = fakeClient();
    await startClip(client, CLIP, { source: 'live', taskQueue: 'clips' });
    await startClip(client, CLIP, { source: 'backfill', taskQueue: 'clips' });
    const [live, history] = started.map(
      ({ options }) => (options.priority as { priorityKey: number }).priorityKey,
    );
    assert.ok(live !== undefined && history !== undefined && live < history);
  });

  test('only a backfill restarts an ended clip, and it restarts a deleted clip only if revive is set', async () => {
    const { client, started } = fakeClient();
    const starts = [
      { source: 'live' },
      { source: 'sweep' },
      { source: 'backfill' },
      { source: 'backfill', revive: true },
    ] as const;
    for (const start of starts) await startClip(client, CLIP, { ...start, taskQueue: 'clips' });
    const asked = started.map(({ options }) => [options.workflowIdReusePolicy, options.args[2]]);
    assert.deepEqual(asked, [
      ['REJECT_DUPLICATE', undefined],
      ['REJECT_DUPLICATE', undefined],
      ['ALLOW_DUPLICATE_FAILED_ONLY', { restarts: ['stopped'] }],
      ['ALLOW_DUPLICATE', { restarts: ['stopped', 'deleted'] }],
    ]);
  });

  test('the workflow of a new clip starts with all search attributes', async () => {
    assert.deepEqual(await attributesOf(CLIP), {
      ClipTitle: 'COMET.mp4',
      ClipState: 'archiving',
      ClipChannel: 'overtime',
      ClipGuild: 'Clip Club',
      ClipPoster: '_juno',
      LinkExpiresAt: new Date(1_709_373_600_000),
    });
  });

  test('if a name is invisible, its search attribute is the file name or the id', async () => {
    const invisible = '\u3164';
    const poster = { ...CLIP.poster, username: invisible };
    const names = { title: invisible, channelName: invisible, guildName: invisible };
    const attributes = await attributesOf({ ...CLIP, ...names, poster });
    assert.equal(attributes.ClipTitle, CLIP.filename);
    assert.equal(attributes.ClipChannel, CLIP.channelId);
    assert.equal(attributes.ClipGuild, CLIP.guildId);
    assert.equal(attributes.ClipPoster, CLIP.poster.id);
  });

  test('search attributes without a value are left out, and long values are truncated', async () => {
    const filename = `${'x'.repeat(300)}.mp4`;
    const url = 'https://cdn.example/x.mp4';
    const attributes = await attributesOf({ ...CLIP, filename, url, guildName: null });
    assert.equal(attributes.ClipTitle, 'x'.repeat(255));
    assert.ok(!('ClipGuild' in attributes) && !('LinkExpiresAt' in attributes));
    const farFuture = await attributesOf({ ...CLIP, url: `${url}?ex=fffffffffff` });
    assert.ok(
      !('LinkExpiresAt' in farFuture),
      'an invalid date would keep the clip from ever starting',
    );
  });
});
