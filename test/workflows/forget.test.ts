import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { createActivities, type Activities } from '../../src/activities/create-activities.ts';
import type { BucketPort } from '../../src/activities/ports.ts';
import { clipId, recordKey, thumbnailKey, type Clip } from '../../src/clip/clip.ts';
import { forgottenKey } from '../../src/clip/forget/people.ts';
import { clipWorkflowId, taskQueues, tidyWorkflowId } from '../../src/clip/names.ts';
import { clipState } from '../../src/clip/search-attributes.ts';
import { startClip } from '../../src/start-clip.ts';
import { createFolderBucket } from '../../src/store/folder/bucket.ts';
import { createForgottenPeople } from '../../src/store/forgotten-people.ts';
import { createTidyUserData } from '../../src/temporal/tidy-user-data.ts';
import { createExecutions } from '../../src/temporal/executions.ts';
import { goneSignal, maybeUnusedSignal } from '../../src/workflows/messages.ts';
import { aClip } from '../support/fake-activities.ts';
import { createFakePorts } from '../support/fake-ports.ts';
import { startProgram, type Program } from '../support/program.ts';
import { startTemporal, withWorkers, workflowSource } from '../support/temporal.ts';
import { until } from '../support/wait.ts';

const PERSON = {
  id: '356003082141696426',
  username: 'juno_the_forgotten',
  displayName: 'Juno Forgotten',
  avatar: null,
};
const OTHER = { id: '356003082141696427', username: 'marlow', displayName: 'Marlow', avatar: null };
const TEXT = 'a sentence that must go';
/** What a search for the person looks for. */
const WORDS = [PERSON.id, PERSON.username, PERSON.displayName, TEXT];

let environment: TestWorkflowEnvironment;
before(async () => {
  environment = await startTemporal();
});
after(() => environment.teardown());

describe('clips that are forgotten', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'everclip-forget-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const clipOf = (poster: Clip['poster'], more: Partial<Clip> = {}): Clip =>
    aClip({ poster, description: TEXT, ...more });
  const handleOf = (clip: Clip) => environment.client.workflow.getHandle(clipWorkflowId(clip));
  const isUnknown = async (clip: Clip): Promise<boolean> => {
    try {
      await handleOf(clip).describe();
      return false;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return true;
      throw error;
    }
  };
  const portsOf = (bucket: BucketPort, taskQueue: string, settings = {}) => ({
    ...createFakePorts(settings),
    bucket,
    forgotten: createForgottenPeople(bucket, { cacheMs: 0 }),
    executions: createExecutions(environment.client, taskQueue),
  });

  async function untilRecord(bucket: BucketPort, clip: Clip, status: string): Promise<void> {
    await until(`the record to be ${status}`, async () => {
      const stored = await bucket.read(recordKey(clip));
      return stored?.body.includes(`"Status": "${status}"`);
    });
  }

  for (const [onDelete, status] of [
    ['strip', 'deleted'],
    ['purge', 'purged'],
  ] as const) {
    test(`if ON_DELETE is ${onDelete}, a clip whose message is deleted leaves nothing in Temporal, and a clip that starts again ends at once`, async () => {
      const bucket = createFolderBucket(join(folder, onDelete));
      const ports = portsOf(bucket, 'none', { onDelete });
      let queue = '';
      const times = { waitMs: 1000, settleMs: 0 };
      ports.tidyUserData = (hashes) => createTidyUserData(environment.client, queue, times)(hashes);
      await withWorkers(environment, createActivities(ports), async (taskQueue) => {
        queue = taskQueue;
        const clip = clipOf(PERSON);
        await startClip(environment.client, clip, { source: 'live', taskQueue });
        await untilRecord(bucket, clip, 'live');
        await handleOf(clip).signal(goneSignal);
        await until('the execution to be deleted', () => isUnknown(clip));
        await untilRecord(bucket, clip, status);
        const stored = await bucket.read(recordKey(clip));
        await startClip(environment.client, clip, { source: 'live', taskQueue });
        await until('the execution to be deleted again', () => isUnknown(clip));
        assert.deepEqual(await bucket.read(recordKey(clip)), stored);
        // The person counts again for each search that the second start asked for.
        const tidy = environment.client.workflow.getHandle(tidyWorkflowId(queue));
        const tidied: unknown = await tidy.result();
        assert.ok(Number(tidied) >= 1, String(tidied));
        // The second start may have saved the poster after that, and then asked for another search.
        await until('the bucket to have nothing of the person', async () => {
          return (await searchBucket(join(folder, onDelete))).length === 0;
        });
        await until('Temporal to have nothing of the person', async () => {
          return (await searchTemporal(environment)).length === 0;
        });
      });
    });
  }

  test('forgetUser leaves nothing of a person in the bucket or in Temporal, although its worker is killed twice; other people keep their clips', async () => {
    const directory = join(folder, 'killed');
    const bucket = createFolderBucket(directory);
    const taskQueue = `forget-${process.pid}`;
    const queues = taskQueues(taskQueue);
    const { client, nativeConnection: connection } = environment;
    const activities = createActivities(portsOf(bucket, taskQueue));
    // The workflows' worker survives, so that only the work of forgetting is interrupted.
    const workers = await Promise.all([
      Worker.create({
        ...{ connection, activities, taskQueue, ...workflowSource() },
        enableNonLocalActivities: false,
      }),
      Worker.create({ connection, activities, taskQueue: queues.media }),
    ]);
    const running = workers.map((worker) => worker.run());
    let forgetter: Program | null = null;
    try {
      const clips = Array.from({ length: 12 }, () => clipOf(PERSON));
      const byCommand = clipOf({ ...OTHER, id: '356003082141696428' }, { postedBy: PERSON });
      const others = [
        clipOf(OTHER, { description: 'hello' }),
        clipOf(OTHER, { description: 'hi' }),
      ];
      for (const clip of [...clips, byCommand, ...others]) {
        await startClip(client, clip, { source: 'live', taskQueue });
      }
      for (const clip of [...clips, byCommand, ...others]) await untilRecord(bucket, clip, 'live');
      const [deleted, running1] = clips as [Clip, Clip];
      await handleOf(deleted).signal(goneSignal);
      await untilRecord(bucket, deleted, 'deleted');
      // No worker runs this clip yet, so it has an execution, but no record.
      const unrecorded = clipOf(PERSON);
      await client.workflow.start('archiveClip', {
        ...{ taskQueue, workflowId: clipWorkflowId(unrecorded), args: [unrecorded] },
        startDelay: '1h',
        typedSearchAttributes: [{ key: clipState, value: 'archiving' }],
      });
      // Another installation uses the same namespace.
      const foreign = clipOf(PERSON);
      await startClip(client, foreign, { source: 'live', taskQueue: `${taskQueue}-other` });

      // The searches find what is there.
      assert.ok((await searchBucket(directory)).length > 13);
      const wanted = [...clips, byCommand, unrecorded, foreign].map(clipWorkflowId).sort();
      let listed: string[] = [];
      await until('Temporal to list the clips of the person', async () => {
        listed = await searchTemporal(environment);
        return listed.length >= wanted.length;
      });
      assert.deepEqual(listed, wanted);
      // One record is lost, and another one is damaged. Only the workflows know whose clips these are.
      await bucket.delete(recordKey(clips[2]!));
      const json = { contentType: 'application/json', cacheControl: 'no-cache' };
      await bucket.write(recordKey(clips[3]!), '{', json);

      const handle = await client.workflow.start('forgetUser', {
        workflowId: 'forget-person',
        taskQueue,
        args: [{ userId: PERSON.id }],
      });
      const env = { ADDRESS: environment.address, TASK_QUEUE: taskQueue, BUCKET: directory };
      for (const kill of [{ KILL_AFTER_TOMBSTONES: '5' }, { KILL_AFTER_DELETIONS: '30' }]) {
        forgetter = startProgram('test/support/forget/worker.ts', { ...env, ...kill });
        await forgetter.exit();
        assert.equal(forgetter.child.signalCode, 'SIGKILL', forgetter.output());
      }
      // The work goes on in another process.
      const survivor = await Worker.create({ connection, activities, taskQueue });
      workers.push(survivor);
      running.push(survivor.run());
      assert.deepEqual(await handle.result(), { clips: 14, people: 2 });

      assert.deepEqual(await searchBucket(directory), [forgottenKey(PERSON.id)]);
      const left = [clipWorkflowId(foreign), 'forget-person'];
      assert.deepEqual(await searchTemporal(environment), left);
      for (const clip of others) {
        await untilRecord(bucket, clip, 'live');
        assert.equal((await handleOf(clip).describe()).status.name, 'RUNNING');
      }
      // A backfill that read its page before the person was forgotten brings nothing back.
      await startClip(client, running1, { source: 'backfill', taskQueue, revive: true });
      await until('the clip to end', () => isUnknown(running1));
      const stored = await bucket.read(recordKey(running1));
      assert.deepEqual(JSON.parse(stored?.body ?? ''), {
        ...{ Id: clipId(running1), channelId: running1.channelId, Status: 'purged' },
      });
      assert.deepEqual(await searchBucket(directory), [forgottenKey(PERSON.id)]);

      await client.workflow.execute('rememberUser', {
        workflowId: 'remember-person',
        taskQueue,
        args: [{ userId: PERSON.id }],
      });
      assert.deepEqual(await searchBucket(directory), []);
    } finally {
      forgetter?.child.kill('SIGKILL');
      for (const worker of workers) worker.shutdown();
      await Promise.all(running);
    }
  });

  test('if a worker stores a thumbnail of a clip that was purged meanwhile, and is killed before it deletes the thumbnail, the purge deletes it', async () => {
    const directory = join(folder, 'late-thumbnail');
    const bucket = createFolderBucket(directory);
    const taskQueue = `late-thumbnail-${process.pid}`;
    const { client, nativeConnection: connection } = environment;
    const activities = createActivities(portsOf(bucket, taskQueue, { settleMs: 5000 }));
    const worker = await Worker.create({ connection, activities, taskQueue, ...workflowSource() });
    const maker = startProgram('test/support/forget/worker.ts', {
      ADDRESS: environment.address,
      TASK_QUEUE: taskQueues(taskQueue).media,
      BUCKET: directory,
      KILL_AFTER_LATE_THUMBNAIL: 'yes',
    });
    try {
      await worker.runUntil(async () => {
        const clip = clipOf(PERSON);
        await startClip(client, clip, { source: 'live', taskQueue });
        await maker.prints(/about to be stored/);
        const purge = await client.workflow.start('purgeClip', {
          workflowId: 'purge-late-thumbnail',
          taskQueue,
          args: [{ clipId: clipId(clip) }],
        });
        await maker.exit();
        assert.equal(maker.child.signalCode, 'SIGKILL', maker.output());
        assert.deepEqual(await keysIn(bucket, 'thumb/'), [thumbnailKey(clip, 'webp')]);
        assert.deepEqual(await purge.result(), { clips: 1, people: 1 });
        assert.deepEqual(await keysIn(bucket, 'thumb/'), []);
      });
    } finally {
      maker.child.kill('SIGKILL');
    }
  });

  test('purgeClip and purgeChannel purge running clips, and the input of each workflow is checked', async () => {
    const bucket = createFolderBucket(join(folder, 'operator'));
    await withWorkers(environment, createActivities(portsOf(bucket, 'none')), async (taskQueue) => {
      const { client } = environment;
      const channelId = '1196521684992000777';
      const clips = [1, 2, 3].map(() => clipOf(PERSON, { channelId })) as [Clip, Clip, Clip];
      for (const clip of clips) await startClip(client, clip, { source: 'live', taskQueue });
      for (const clip of clips) await untilRecord(bucket, clip, 'live');
      const run = (type: string, input: unknown): Promise<unknown> =>
        client.workflow.execute(type, { workflowId: `run-${type}`, taskQueue, args: [input] });
      const one = await run('purgeClip', { clipId: clipId(clips[0]) });
      assert.deepEqual(one, { clips: 1, people: 0 });
      assert.deepEqual(await Promise.all(clips.map(isUnknown)), [true, false, false]);
      assert.deepEqual(await run('purgeChannel', { channelId }), { clips: 2, people: 1 });
      assert.deepEqual(await Promise.all(clips.map(isUnknown)), [true, true, true]);
      const keys = await keysIn(bucket, '');
      const rest = keys.filter((key) => !key.startsWith('channels/')).sort();
      assert.deepEqual(rest, clips.map(recordKey).sort());
      // Compatible servers have shorter ids.
      const unknown = await run('purgeChannel', { channelId: '7' });
      assert.deepEqual(unknown, { clips: 0, people: 0 });
      for (const [type, input, message] of [
        ['purgeClip', {}, /clipId is not valid: start it with --input/],
        ['purgeChannel', { channelId: 1.2e18 }, /channelId is a number/],
        ['forgetUser', { userID: '1' }, /unknown field "userID"; forgetUser expects only userId/],
        ['rememberUser', undefined, /rememberUser needs a userId/],
      ] as const) {
        await assert.rejects(run(type, input), (error: Error) =>
          message.test(String((error.cause as Error | undefined)?.message)),
        );
      }
    });
  });
});

describe('the workflows that forget', () => {
  test('after 500 signals, tidyUserData continues as new, loses nobody, and searches once, when the wait is over and writes have ended', async () => {
    const { client, nativeConnection: connection } = environment;
    const taskQueue = 'tidy-signals';
    const workflowId = tidyWorkflowId(taskQueue);
    const people = Array.from({ length: 501 }, (_, n) => `person-${1000 + n}`);
    // The worker starts after all signals, so that one run gets them all.
    const handle = await client.workflow.start('tidyUserData', {
      taskQueue,
      workflowId,
      args: [{ waitMs: 1500, settleMs: 500 }],
    });
    await Promise.all(people.map((hash) => handle.signal(maybeUnusedSignal, [hash])));
    const searches: { people: string[]; atMs: number }[] = [];
    const activities = {
      async removeUserData({ people }: { people: string[] }): Promise<number> {
        searches.push({ people: people.sort(), atMs: Date.now() });
        return people.length;
      },
    };
    const beganAtMs = Date.now();
    const worker = await Worker.create({ connection, activities, taskQueue, ...workflowSource() });
    assert.equal(await worker.runUntil(handle.result()), people.length);
    assert.deepEqual(
      searches.map((search) => search.people),
      [people],
    );
    assert.ok(Number(searches[0]?.atMs) - beganAtMs >= 2000);
    const { runId } = await client.workflow.getHandle(workflowId).describe();
    assert.notEqual(runId, handle.firstExecutionRunId);
  });

  test('a purge looks for late pictures even if the record of the clip is damaged and names nobody', async () => {
    const clip = { channelId: '1', messageId: '2', attachmentId: '3' };
    const searches: string[][] = [];
    const activities: Partial<Activities> = {
      findClips: async () => ({ clips: [clip], people: [], isComplete: true }),
      buryClips: async () => 0,
      async removeUserData({ people }) {
        searches.push(people);
        return people.length;
      },
    };
    await withWorkers(environment, activities, async (taskQueue) => {
      const receipt: unknown = await environment.client.workflow.execute('purgeClip', {
        taskQueue,
        workflowId: 'purge-of-nobody',
        args: [{ clipId: '2-3' }],
      });
      assert.deepEqual(receipt, { clips: 1, people: 0 });
      assert.deepEqual(searches, [[]]);
    });
  });

  test('a purge of many clips continues as new after 20 pages, keeps its counts, and ends with a search of everything that finds nothing', async () => {
    const clip = { channelId: '1', messageId: '2', attachmentId: '3' };
    const searches: (string | undefined)[] = [];
    let removedAtMs = 0;
    let lastBuriedAtMs = 0;
    const activities: Partial<Activities> = {
      async findClips({ after }) {
        searches.push(after);
        const page = Number(after ?? 0) + 1;
        if (searches.length > 21) return { clips: [], people: [], isComplete: true };
        return { clips: [clip], people: [`person-${page}`], isComplete: false, after: `${page}` };
      },
      async buryClips() {
        lastBuriedAtMs = Date.now();
        return 1000;
      },
      async removeUserData({ people }) {
        removedAtMs = Date.now();
        return people.length;
      },
    };
    const { client, nativeConnection: connection } = environment;
    const taskQueue = 'many-pages';
    const worker = await Worker.create({ connection, activities, taskQueue, ...workflowSource() });
    await worker.runUntil(async () => {
      const handle = await client.workflow.start('purgeChannel', {
        taskQueue,
        workflowId: 'many-pages',
        args: [{ channelId: clip.channelId }],
      });
      assert.deepEqual(await handle.result(), { clips: 21, people: 21 });
      const pages = Array.from({ length: 22 }, (_, n) => (n === 0 ? undefined : `${n}`));
      // The search that found clips ends, and another search begins at the start.
      assert.deepEqual(searches, [...pages, undefined]);
      const { runId } = await client.workflow.getHandle('many-pages').describe();
      assert.notEqual(runId, handle.firstExecutionRunId);
      // An activity of a purged clip may have written user data until then.
      assert.ok(removedAtMs - lastBuriedAtMs >= 1000, String(removedAtMs - lastBuriedAtMs));
    });
  });
});

async function keysIn(bucket: BucketPort, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of bucket.list(prefix)) keys.push(key);
  return keys;
}

/** Returns the keys of the objects that contain one of the words, in the key or in the content. */
async function searchBucket(directory: string): Promise<string[]> {
  const paths = await readdir(directory, { recursive: true, withFileTypes: true });
  const found: string[] = [];
  for (const entry of paths.filter((path) => path.isFile())) {
    const path = join(entry.parentPath, entry.name);
    const text = path + (await readIfThere(path));
    if (WORDS.some((word) => text.includes(word))) found.push(path.slice(directory.length + 1));
  }
  return found.sort();
}

/** A temporary file may be renamed before it is read; then the file with its final name is searched. */
async function readIfThere(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

/** Returns the ids of the workflows, running or closed, with one of the words in their history or their attributes. */
async function searchTemporal({ client }: TestWorkflowEnvironment): Promise<string[]> {
  const found = new Set<string>();
  for await (const { workflowId, runId, raw } of client.workflow.list()) {
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    const text = textOf(raw) + textOf(history);
    if (WORDS.some((word) => text.includes(word))) found.add(workflowId);
  }
  return [...found].sort();
}

/** Returns all texts in a value, with its bytes as text. */
function textOf(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([name, field]) => `${name}: ${textOf(field)}`)
    .join('\n');
}
