import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ScheduleNotFoundError, type WorkflowFailedError } from '@temporalio/client';
import { ActivityFailure, TimeoutFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { AuditPageInput, AuditPageResult } from '../../src/activities/audit/audit-page.ts';
import { createActivities, type Activities } from '../../src/activities/create-activities.ts';
import { NO_AUDIT_COUNTS, type AuditReport } from '../../src/clip/audit/report.ts';
import { userDataKey } from '../../src/clip/clip.ts';
import { auditScheduleId, workflowIdOfClip } from '../../src/clip/names.ts';
import type { ClipRecord } from '../../src/clip/record.ts';
import type { UserData } from '../../src/clip/user-data.ts';
import { createGet } from '../../src/discord/rest-client.ts';
import { createRestPort } from '../../src/discord/rest-port.ts';
import { startEmulator, type Emulator } from '../../src/emulator/emulator.ts';
import { failure } from '../../src/errors.ts';
import { startClip } from '../../src/start-clip.ts';
import { createFolderBucket } from '../../src/store/folder/bucket.ts';
import { readAudits } from '../../src/store/read-audits.ts';
import { scheduleAudits } from '../../src/temporal/audit-schedule.ts';
import { createCancelWorkflow } from '../../src/temporal/cancel-workflow.ts';
import { createClipExecutions } from '../../src/workers/clip-executions.ts';
import type { AuditSummary } from '../../src/workflows/audit/audit.ts';
import { rethrowCause } from '../../src/workflows/audit/failures.ts';
import { createFakePorts } from '../support/fake-ports.ts';
import { startTemporal, withWorkers } from '../support/temporal.ts';
import { until } from '../support/wait.ts';

/** How many clips have each kind of fault. */
const EACH = 10;
/** Clips without a fault, and one of them is stopped. */
const SOUND = 4;
const CLIPS = 6 * EACH + SOUND;
/** From this clip on, EACH clips lose their workflow and their message. */
const ORPHANS_FROM = 5 * EACH;
/** Each clip has a message without a clip after it. */
const MESSAGES = 2 * CLIPS;
const FIRST_POST_MS = Date.UTC(2026, 2, 1);
const DAY_MS = 86_400_000;
/** Many clips take long on a busy machine. */
const MANY_CLIPS_MS = 120_000;
/** The server suggests to continue a workflow as new at this size of its history, instead of at 4 MB. */
const LONG_BYTES = 400_000;

let environment: TestWorkflowEnvironment;
let emulator: Emulator;
let folder: string;

/** Workers with the real Discord client, bucket and Temporal client, and media without ffmpeg. All tests share them. */
let real: Workers;

interface Workers {
  taskQueue: string;
  stop: () => Promise<void>;
}

/** Starts workers that run until they are stopped. */
async function startWorkers(activities: Partial<Activities>): Promise<Workers> {
  return await new Promise((resolve, reject) => {
    const ended = withWorkers(environment, activities, async (taskQueue) => {
      await new Promise<void>((end) => {
        const stop = async () => {
          end();
          await ended;
        };
        resolve({ taskQueue, stop });
      });
    });
    ended.catch(reject);
  });
}

async function startRealWorkers(): Promise<Workers> {
  const { client } = environment;
  const discord = { token: emulator.token, apiUrl: emulator.apiUrl, requestsPerSecond: 1000 };
  const { settings, ...fakes } = createFakePorts();
  const clipRules = { ...settings.clipRules, mediaHosts: [new URL(emulator.apiUrl).origin] };
  const workers = await startWorkers(
    createActivities({
      ...fakes,
      discord: createRestPort(discord, createGet(discord)),
      bucket: createFolderBucket(folder),
      startClip: (clip, source, more) =>
        startClip(client, clip, { source, taskQueue: workers.taskQueue, ...more }),
      cancelWorkflow: createCancelWorkflow(client),
      clipExecutions: createClipExecutions(client),
      settings: { ...settings, clipRules, storyboards: false, channelIds },
    }),
  );
  return workers;
}

/** The setting CHANNEL_IDS. */
const channelIds: string[] = [];

/** Runs a workflow and returns its result. */
async function run(
  type: string,
  input: object,
  { taskQueue }: Pick<Workers, 'taskQueue'> = real,
): Promise<unknown> {
  const workflowId = `${type}-by-hand-${randomUUID()}`;
  const options = { taskQueue, workflowId, args: [input] };
  return (await environment.client.workflow.execute(type, options)) as unknown;
}

/**
 * Posts a channel with clips, one each day, and a message without a clip after each. Somebody else than in the other
 * messages posts the clips from ORPHANS_FROM on.
 */
function postHistory(clips: number, guildId = emulator.addGuild({ name: 'Clip Club' }).id) {
  const channel = emulator.addChannel({ guildId, name: 'overtime' });
  const author = emulator.addUser({ username: '_juno' });
  const guest = emulator.addUser({ username: 'guest', globalName: 'Guest of the club' });
  const post = (
    timestamp: Date,
    files: { filename: string; bytes: Uint8Array }[],
    { id: authorId } = author,
  ) =>
    emulator.postMessage({
      channelId: channel.id,
      authorId,
      content: 'what a round',
      files: files.map((file) => ({ ...file, contentType: 'video/mp4' })),
      timestamp,
      silent: true,
    });
  const messageIds: string[] = [];
  for (let n = 0; n < clips; n++) {
    const atMs = FIRST_POST_MS + n * DAY_MS;
    const bytes = new Uint8Array([n]);
    const isGuest = n >= ORPHANS_FROM && n < ORPHANS_FROM + EACH;
    const files = [{ filename: `COMET${n}.mp4`, bytes }];
    messageIds.push(post(new Date(atMs), files, isGuest ? guest : author).id);
    post(new Date(atMs + 1000), []);
  }
  return { channelId: channel.id, messageIds, guestId: guest.id };
}

async function recordsIn(channelId: string): Promise<ClipRecord[]> {
  const names = await readdir(join(folder, 'messages', channelId)).catch(() => []);
  const bodies = await Promise.all(
    names.sort().map((name) => readFile(join(folder, 'messages', channelId, name), 'utf8')),
  );
  return bodies.map((body) => JSON.parse(body) as ClipRecord);
}

async function userDataOf(userId: string): Promise<UserData> {
  return JSON.parse(await readFile(join(folder, userDataKey(userId)), 'utf8')) as UserData;
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'everclip-audit-'));
  emulator = await startEmulator();
  environment = await startTemporal({
    settings: [`limit.historySize.suggestContinueAsNew=${LONG_BYTES}`],
  });
  real = await startRealWorkers();
});
after(async () => {
  await real.stop();
  await environment.teardown();
  await emulator.stop();
  await rm(folder, { recursive: true });
});

describe('an audit of a channel', { concurrency: true }, () => {
  test('finds planted faults, reports them exactly and repairs them, and a second audit is clean', async () => {
    const { channelId, messageIds, guestId } = postHistory(CLIPS);
    await run('backfill', { channelId });
    const recordOfMessage = await untilLive(channelId, CLIPS);
    const key = (n: number) => join(folder, 'messages', channelId, `${idOf(n)}.json`);
    const idOf = (n: number): string => recordOfMessage.get(messageIds[n] ?? '')?.Id ?? '';
    const range = (at: number) => Array.from({ length: EACH }, (_, n) => at * EACH + n);
    const handle = (n: number) => environment.client.workflow.getHandle(workflowIdOfClip(idOf(n)));
    const [removed, damaged, pictureless, terminated, deleted, orphaned] = [0, 1, 2, 3, 4, 5].map(
      range,
    );
    const stopped = CLIPS - 1;
    await handle(stopped).cancel();
    await handle(stopped)
      .result()
      .catch(() => undefined);

    for (const n of removed!) await rm(key(n));
    for (const n of damaged!) {
      const body = await readFile(key(n), 'utf8');
      await writeFile(key(n), n % 2 === 0 ? body.slice(0, 200) : body.replace(idOf(n), idOf(0)));
    }
    for (const n of pictureless!) await rm(join(folder, 'thumb', `${idOf(n)}.webp`));
    for (const n of [...terminated!, ...orphaned!]) await handle(n).terminate();
    const gone = [...deleted!, ...orphaned!];
    for (const n of gone) emulator.deleteMessage({ channelId, messageId: messageIds[n]! });
    const guest = await userDataOf(guestId);
    assert.equal(guest.Display_Name, 'Guest of the club');

    const input = { channelId, threads: false };
    const first = (await run('audit', input)) as AuditReport;
    const { startedAt, endedAt, ...report } = first;
    assert.ok(startedAt < endedAt);
    assert.deepEqual(report, {
      channelId,
      channelName: 'overtime',
      messages: MESSAGES - 2 * EACH,
      clips: CLIPS - 2 * EACH,
      known: CLIPS - 3 * EACH - 1,
      started: EACH,
      stopped: 1,
      ended: 2 * EACH,
      repaired: { records: 2 * EACH, thumbnails: EACH },
      unrepaired: 0,
      oldest: '2026-03-01T00:00:00Z',
      newest: new Date(FIRST_POST_MS + (CLIPS - 1) * DAY_MS + 1000)
        .toISOString()
        .replace('.000Z', 'Z'),
      problems: [],
      complete: true,
    });
    const stored = join(folder, 'audits', channelId, `${endedAt}.json`);
    assert.deepEqual(JSON.parse(await readFile(stored, 'utf8')), first);

    const records = await recordsIn(channelId);
    const statusOf = (n: number) => records.find(({ Id }) => Id === idOf(n))?.Status;
    for (const n of gone) assert.equal(statusOf(n), 'deleted');
    assert.deepEqual(await userDataOf(guestId), guest, 'a record does not have all names');
    for (const n of [...removed!, ...damaged!, ...pictureless!, ...terminated!]) {
      assert.equal(statusOf(n), 'live', `clip ${n}`);
      assert.equal((await handle(n).describe()).status.name, 'RUNNING', `clip ${n}`);
    }
    assert.equal(statusOf(stopped), 'stopped');
    assert.equal((await handle(stopped).describe()).status.name, 'CANCELLED');
    const thumbnails = await readdir(join(folder, 'thumb'));
    for (const n of pictureless!) assert.ok(thumbnails.includes(`${idOf(n)}.webp`));

    const again = (await run('audit', input)) as AuditReport;
    assert.deepEqual(
      { ...again, startedAt, endedAt },
      {
        ...first,
        known: CLIPS - 2 * EACH - 1,
        started: 0,
        ended: 0,
        repaired: { records: 0, thumbnails: 0 },
      },
    );
    assert.deepEqual(await recordsIn(channelId), records, 'a clean audit writes no record');
  });

  test('of a guild audits one channel after another, and names the channels that it cannot read', async () => {
    const guild = emulator.addGuild({ name: 'Other Club' });
    const channels = [1, 2, 3].map((clips) => postHistory(clips, guild.id).channelId);
    emulator.deny(channels[1]!, 'READ_MESSAGE_HISTORY');
    const summary = (await run('audit', { guildId: guild.id })) as AuditSummary;
    const { channels: audited, completeChannels, complete, clips, started } = summary;
    assert.deepEqual(
      { audited, completeChannels, complete, clips, started },
      { audited: 2, completeChannels: 2, complete: false, clips: 4, started: 4 },
    );
    const [denied, ...others] = summary.unreadable;
    assert.equal(denied?.channelId, channels[1]);
    assert.match(denied?.reason ?? '', /Read Message History/);
    // The bot may read the other channels, but not list all of their private archived threads.
    assert.deepEqual(
      others.map(({ channelId, reason }) => [channelId, reason.includes('Manage Threads')]),
      [
        [channels[0], true],
        [channels[2], true],
      ],
    );
  });

  test('of everything goes only through the channels in CHANNEL_IDS, if there are any, and audits each once', async () => {
    const [watched, other] = [postHistory(2), postHistory(2)];
    channelIds.push(watched.channelId, watched.channelId);
    const summary = (await run('audit', { all: true })) as AuditSummary;
    assert.deepEqual([summary.channels, summary.started], [1, 2]);
    assert.equal(
      (await readAudits(createFolderBucket(folder))).some(
        ({ channelId }) => channelId === other.channelId,
      ),
      false,
    );
  });

  test('of everything notes which channels are no longer audited, and a later audit of such a channel counts again', async () => {
    const [deleted, hidden, watched, outside] = Array.from(
      { length: 4 },
      () => postHistory(1).channelId,
    ) as [string, string, string, string];
    for (const channelId of [deleted, hidden, watched, outside]) await run('audit', { channelId });
    const retiredIn = async () => {
      const audits = await readAudits(createFolderBucket(folder));
      const ids = [deleted, hidden, watched, outside];
      return ids.map((id) => audits.find(({ channelId }) => channelId === id)?.retired);
    };
    assert.deepEqual(await retiredIn(), [null, null, null, null]);
    emulator.removeChannel(deleted);
    emulator.deny(hidden, 'VIEW_CHANNEL');
    channelIds.splice(0, Infinity, hidden, watched);
    const asked = () =>
      emulator.stats.log.filter(({ request }) => request === `GET /channels/${deleted}`).length;
    const askedBefore = asked();
    for (let audits = 0; audits < 2; audits += 1) {
      await run('audit', { all: true });
      assert.deepEqual(await retiredIn(), ['deleted', 'hidden', null, 'unwatched']);
      assert.equal(asked(), askedBefore + 1, 'Discord is asked once');
    }
    await run('audit', { channelId: outside });
    assert.deepEqual(await retiredIn(), ['deleted', 'hidden', null, null]);
  });

  test('fails at once if the channel cannot be read, and says what to do', async () => {
    const { channelId } = postHistory(1);
    emulator.deny(channelId, 'READ_MESSAGE_HISTORY');
    await assert.rejects(run('audit', { channelId }), (error: WorkflowFailedError) => {
      assert.match(String(error.cause?.message), /Read Message History/);
      return true;
    });
  });
});

describe('an audit whose pages are given', { concurrency: true }, () => {
  const [hiding, long, broken, sound] = ['57', '58', '59', '60'].map(
    (digits) => `11965216849920000${digits}`,
  ) as [string, string, string, string];
  const aPage = (more: Partial<AuditPageResult> = {}): AuditPageResult => ({
    counts: { ...NO_AUDIT_COUNTS, messages: 1 },
    oldest: null,
    newest: null,
    open: [],
    problems: [],
    hidden: null,
    ...more,
  });
  /** What the activity returns or throws, call by call, for each channel. */
  const pages = new Map<string, (AuditPageResult | Error)[]>();
  const inputs = new Map<string, AuditPageInput[]>();
  /** Temporal gives up at once if the next attempt would be after the activity's time is over. */
  const inDoubt = failure('ServiceFailed', 'Discord is in doubt', {
    retry: { afterMs: 7 * 3_600_000 },
  });
  let given: Workers;

  before(async () => {
    given = await startWorkers({
      checkChannel: async ({ channelId }) => ({ channelName: channelId }),
      findAuditScopes: async () => [{ channelId: '1' }, { guildId: '2' }],
      async listAuditPlaces({ scope }) {
        if ('channelId' in scope) throw inDoubt;
        const readable = [broken, sound].map((id) => ({ channelId: id, channelName: id }));
        return { readable, unreadable: [], next: null };
      },
      async auditPage(input) {
        inputs.set(input.channelId, [...(inputs.get(input.channelId) ?? []), input]);
        const page = pages.get(input.channelId)?.shift() ?? new Error('no such page');
        if (page instanceof Error) throw page;
        return page;
      },
      checkRepairs: async () => ({ counts: NO_AUDIT_COUNTS, open: [], problems: [] }),
      saveAudit: async () => undefined,
      // The audit is over, so this failure must not matter.
      retireChannels: async () => {
        throw inDoubt;
      },
    });
  });
  after(() => given.stop());

  test('a page with more clips to check than one call takes is read again before older pages, also if it is the last', async () => {
    const hidden = {
      from: '1213063181631516640',
      after: '1213063181631516641-1213063179848942529',
    };
    const last = { from: null, after: '999999999999999999-1' };
    pages.set(hiding, [
      aPage({ oldest: hidden.from, hidden }),
      aPage({ oldest: hidden.from }),
      aPage({ hidden: last }),
      aPage(),
    ]);
    const report = (await run('auditChannel', { channelId: hiding }, given)) as AuditReport;
    const [first, ...others] = (inputs.get(hiding) ?? []).map(({ before, hidden }) => ({
      before,
      hidden,
    }));
    assert.deepEqual(others, [
      { before: first?.before, hidden },
      { before: hidden.from, hidden: null },
      { before: hidden.from, hidden: last },
    ]);
    assert.equal(report.messages, 4);
  });

  test('an audit whose history becomes long before its 50 pages are read continues as new', async () => {
    const padding = { padding: 'x'.repeat(LONG_BYTES / 3) };
    const oldest = (n: number) => `121306318163151664${n}`;
    const padded = [9, 8, 7, 6].map((n) => ({ ...aPage({ oldest: oldest(n) }), ...padding }));
    pages.set(long, [...padded, aPage()]);
    const { workflow } = environment.client;
    const handle = await workflow.start('auditChannel', {
      taskQueue: given.taskQueue,
      workflowId: `audit-of-pages-${randomUUID()}`,
      args: [{ channelId: long }],
    });
    const report = (await handle.result()) as AuditReport;
    assert.notEqual((await handle.describe()).runId, handle.firstExecutionRunId);
    assert.equal(report.messages, 5);
    assert.equal(inputs.get(long)?.at(-1)?.before, oldest(6));
  });

  test('a channel that cannot be read for hours becomes unreadable with the reason, and the audit goes on with the others', async () => {
    pages.set(broken, [inDoubt]);
    pages.set(sound, [aPage()]);
    const summary = (await run('audit', { all: true }, given)) as AuditSummary;
    assert.deepEqual([summary.channels, summary.complete], [1, false]);
    assert.deepEqual(summary.unreadable, [
      { channelId: '1', channelName: '1', reason: 'Discord is in doubt' },
      { channelId: broken, channelName: broken, reason: 'Discord is in doubt' },
    ]);
  });

  test('if Temporal stopped the last attempt, the reason is that of the attempt before', () => {
    const timeout = new TimeoutFailure('activity timeout', undefined, 'SCHEDULE_TO_CLOSE');
    timeout.failure = { cause: { message: 'the bucket is away' } };
    const error = new ActivityFailure('failed', 'auditPage', '1', 'TIMEOUT', '', timeout);
    assert.throws(() => rethrowCause(error), /the audit gave up: the bucket is away/);
  });
});

describe('the schedule of audits', () => {
  const log = { info: () => undefined, warn: (reason: unknown) => assert.fail(String(reason)) };
  const taskQueue = 'scheduled';
  const describeSchedule = () =>
    environment.client.schedule.getHandle(auditScheduleId(taskQueue)).describe();

  test('is created by a worker, follows AUDIT_EVERY, keeps what an operator changed, and ends with never', async () => {
    const { client } = environment;
    await scheduleAudits(client, { auditEveryMs: 7 * DAY_MS, taskQueue }, log);
    const created = await describeSchedule();
    assert.equal(created.spec.intervals?.[0]?.every, 7 * DAY_MS);
    assert.equal(created.action.workflowType, 'audit');
    assert.deepEqual(created.action.args, [{ all: true }]);
    const [next] = created.info.nextActionTimes;
    assert.ok(next && next.getTime() > Date.now() + 6 * DAY_MS, 'not soon after the start');

    await client.schedule.getHandle(auditScheduleId(taskQueue)).pause('by an operator');
    await scheduleAudits(client, { auditEveryMs: 7 * DAY_MS, taskQueue }, log);
    const restarted = await describeSchedule();
    assert.equal(restarted.state.paused, true);
    assert.deepEqual(restarted.info.nextActionTimes, created.info.nextActionTimes);

    await scheduleAudits(client, { auditEveryMs: DAY_MS, taskQueue }, log);
    const changed = await describeSchedule();
    assert.equal(changed.spec.intervals?.[0]?.every, DAY_MS);
    assert.equal(changed.state.paused, true);

    const handle = client.schedule.getHandle(auditScheduleId(taskQueue));
    await handle.update((previous) => {
      assert.equal(previous.action.type, 'startWorkflow');
      const action = { ...previous.action, args: [{ all: true, threads: false }] };
      return { ...previous, action };
    });
    await scheduleAudits(client, { auditEveryMs: 2 * DAY_MS, taskQueue }, log);
    const edited = await describeSchedule();
    assert.equal(edited.spec.intervals?.[0]?.every, 2 * DAY_MS);
    assert.deepEqual(edited.action.args, [{ all: true, threads: false }]);

    await handle.update((previous) => ({ ...previous, spec: { calendars: [{ hour: 4 }] } }));
    await scheduleAudits(client, { auditEveryMs: 3 * DAY_MS, taskQueue }, log);
    const { calendars, intervals } = (await describeSchedule()).spec;
    assert.deepEqual([calendars?.length, intervals?.length ?? 0], [1, 0]);

    await scheduleAudits(client, { auditEveryMs: null, taskQueue }, log);
    await assert.rejects(describeSchedule(), ScheduleNotFoundError);
    await scheduleAudits(client, { auditEveryMs: null, taskQueue }, log);
  });
});

/** Waits until so many clips of a channel have a record and a thumbnail. Returns the records by message. */
async function untilLive(channelId: string, clips: number): Promise<Map<string, ClipRecord>> {
  const condition = async () => {
    const thumbnails = await readdir(join(folder, 'thumb')).catch(() => []);
    if (thumbnails.length < clips) return null;
    const found = await recordsIn(channelId);
    const live = found.filter(({ Status, Thumbnail }) => Status === 'live' && Thumbnail);
    return live.length === clips ? live : null;
  };
  const records = await until('all records', condition, MANY_CLIPS_MS);
  return new Map(records.map((record) => [record.Discord_id, record]));
}
