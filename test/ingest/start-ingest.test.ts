import assert from 'node:assert/strict';
import { after, before, describe, test, type TestContext } from 'node:test';
import { ChannelType } from 'discord-api-types/v10';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { createActivities } from '../../src/activities/create-activities.ts';
import { parseConfig } from '../../src/config.ts';
import { createGet } from '../../src/discord/rest-client.ts';
import { createRestPort } from '../../src/discord/rest-port.ts';
import type { Emulator } from '../../src/emulator/emulator.ts';
import type { Fault } from '../../src/emulator/faults.ts';
import { startIngest } from '../../src/ingest/start-ingest.ts';
import { createLogger } from '../../src/log.ts';
import { noMetrics } from '../../src/metrics.ts';
import { stage } from '../emulator/support.ts';
import { createFakePorts } from '../support/fake-ports.ts';
import { startProgram } from '../support/program.ts';
import { startTemporal, withWorkers } from '../support/temporal.ts';
import { pause, until } from '../support/wait.ts';

/** What ingest logs at level error. */
const lines: string[] = [];
/** What ingest logs at level warn. */
const warnings: string[] = [];
const log = Object.assign(createLogger('silent', 'test'), {
  warn: (facts: object | string, text = '') =>
    void warnings.push(typeof facts === 'string' ? facts : `${text} ${JSON.stringify(facts)}`),
  error: (facts: object, text: string) => void lines.push(`${text} ${JSON.stringify(facts)}`),
});

/**
 * Stages ingest with a real gateway and a real Temporal server. No worker runs, so tests see only that
 * workflows are started.
 */
describe('startIngest', () => {
  let environment: TestWorkflowEnvironment;
  before(async () => {
    environment = await startTemporal();
  });
  after(async () => {
    await environment.teardown();
  });

  const start = (
    t: TestContext,
    { token, apiUrl }: Pick<Emulator, 'token' | 'apiUrl'>,
    env = {},
    metrics = noMetrics,
  ) =>
    startIngest(
      parseConfig({
        TOKEN: token,
        DISCORD_API_URL: apiUrl,
        TEMPORAL_ADDRESS: environment.address,
        TASK_QUEUE: `ingest-${t.name.replace(/\W+/g, '-')}`,
        ...env,
      }),
      log,
      metrics,
    );

  /** Starts ingest, and stops it at the end of the test. */
  async function runIngest(...args: Parameters<typeof start>) {
    const ingest = await start(...args);
    let stopping: Promise<void> | undefined;
    const stop = () => {
      ingest.stop();
      return (stopping ??= ingest.stopped);
    };
    args[0].after(stop);
    return { stop };
  }

  const isRunning = (workflowId: string) =>
    environment.client.workflow
      .getHandle(workflowId)
      .describe()
      .then(
        ({ status }) => status.name === 'RUNNING',
        () => false,
      );
  const isSwept = (channelId: string) => isRunning(`sweep-${channelId}`);

  test('if the Message Content intent is off, ingest fails without an unhandled rejection and says what to turn on', async (t) => {
    const unhandled: unknown[] = [];
    const record = (reason: unknown) => unhandled.push(reason);
    process.on('unhandledRejection', record);
    t.after(() => process.off('unhandledRejection', record));
    const { emulator } = await stage(t);
    emulator.setMessageContentIntent(false);
    await assert.rejects(start(t, emulator), /no Message Content intent: turn it on/);
    await pause(200);
    assert.deepEqual(unhandled, []);
  });

  test('if the gateway sends malformed events, ingest continues, logs each reason once and starts the next clip', async (t) => {
    const unhandled: unknown[] = [];
    const record = (reason: unknown) => unhandled.push(reason);
    for (const event of ['unhandledRejection', 'uncaughtException'] as const) {
      process.on(event, record);
      t.after(() => process.off(event, record));
    }
    const { emulator, channel, user } = await stage(t);
    await runIngest(t, emulator);
    await until('the sweep of a channel', () => isSwept(channel.id));
    const at = { id: '1213063181631516641', channel_id: channel.id };
    const malformed: unknown[] = [
      null,
      'text',
      {},
      { ...at, author: null, attachments: [] },
      { ...at, author: { id: '1' }, content: '', attachments: [null], mentions: 7 },
      { ...at, author: { id: '1' }, attachments: [{ id: {}, filename: 'x.mp4', url: null }] },
      { ...at, ids: 'none' },
    ];
    const types = [
      ...['MESSAGE_CREATE', 'MESSAGE_UPDATE', 'MESSAGE_DELETE', 'MESSAGE_DELETE_BULK'],
      ...['THREAD_UPDATE', 'CHANNEL_UPDATE', 'GUILD_ROLE_UPDATE', 'GUILD_MEMBER_UPDATE'],
    ];
    for (let time = 0; time < 3; time++)
      for (const type of types) for (const data of malformed) emulator.sendEvent(type, data);
    const message = emulator.postMessage({
      channelId: channel.id,
      authorId: user.id,
      files: [{ filename: 'COMET.mp4', bytes: new Uint8Array([1]), contentType: 'video/mp4' }],
    });
    await until('the clip after the malformed events', () =>
      isRunning(`clip-${message.id}-${message.attachments[0]!.id}`),
    );
    assert.deepEqual(unhandled, []);
    const dropped = warnings.filter((line) => line.startsWith('dropped a malformed gateway event'));
    assert.ok(dropped.some((line) => line.includes('MESSAGE_DELETE_BULK')));
    assert.deepEqual(dropped, [...new Set(dropped)]);
  });

  test('ingest archives only the guilds in GUILD_IDS, and warns about a second guild if GUILD_IDS is empty', async (t) => {
    const { emulator, guild, channel, user } = await stage(t);
    const otherGuild = emulator.addGuild({ name: 'Strangers' });
    const other = emulator.addChannel({ guildId: otherGuild.id, name: 'lounge' });
    const post = (channelId: string): string => {
      const message = emulator.postMessage({
        channelId,
        authorId: user.id,
        files: [{ filename: 'COMET.mp4', bytes: new Uint8Array([1]), contentType: 'video/mp4' }],
      });
      return `clip-${message.id}-${message.attachments[0]!.id}`;
    };
    const isWarned = () => warnings.some((line) => line.startsWith('the bot is in 2 servers'));
    const bounded = await runIngest(t, emulator, { GUILD_IDS: guild.id });
    await until('the sweep of a channel', () => isSwept(channel.id));
    const ignored = post(other.id);
    const archived = post(channel.id);
    await until('the clip of the guild in GUILD_IDS', () => isRunning(archived));
    await bounded.stop();
    assert.deepEqual([await isRunning(ignored), await isSwept(other.id)], [false, false]);
    assert.equal(isWarned(), false);
    await runIngest(t, emulator);
    await until('the sweep of the second guild', () => isSwept(other.id));
    assert.equal(isWarned(), true);
  });

  test('if GUILD_IDS is wrong for a while, ingest warns, and later archives the clips of that time', async (t) => {
    const { emulator, guild, channel, user } = await stage(t);
    const { token, apiUrl } = emulator;
    const ports = createFakePorts();
    ports.settings.clipRules.mediaHosts = [emulator.cdnOrigin];
    const get = createGet({ token, apiUrl, requestsPerSecond: 1000 });
    let guildIds = [guild.id];
    const discord: typeof ports.discord = {
      ...ports.discord,
      fetchHistory: (...args) => createRestPort({ apiUrl }, get).fetchHistory(...args),
      readableChannel: (...args) =>
        createRestPort({ apiUrl, guildIds }, get).readableChannel(...args),
    };
    await withWorkers(environment, createActivities({ ...ports, discord }), async (taskQueue) => {
      const runBounded = () =>
        runIngest(t, emulator, { TASK_QUEUE: taskQueue, GUILD_IDS: guildIds.join(',') });
      const lookUps = () => emulator.stats.requests('GET /channels/:id');
      const right = await runBounded();
      await until('the first round of the sweep', () => lookUps() > 0);
      await right.stop();

      guildIds = ['442294389964800641'];
      const before = lookUps();
      const wrong = await runBounded();
      await until('the check of the sweep', () => lookUps() > before);
      assert.ok(
        warnings.some((line) => line.startsWith('GUILD_IDS: the bot is not in the server 4422943')),
      );
      const files = [
        { filename: 'COMET.mp4', bytes: new Uint8Array([1]), contentType: 'video/mp4' },
      ];
      const { id } = emulator.postMessage({ channelId: channel.id, authorId: user.id, files });
      await wrong.stop();

      guildIds = [guild.id];
      await runBounded();
      await until('the clip', () => ports.starts.some(({ messageId }) => messageId === id));
      await environment.client.workflow.getHandle(`sweep-${channel.id}`).terminate();
    });
  });

  test('a clip in a channel that was created while ingest was down is archived; in an older channel that the bot could not read, only later clips are', async (t) => {
    const { emulator, guild, channel, user } = await stage(t);
    const { token, apiUrl } = emulator;
    const ports = createFakePorts();
    ports.settings.clipRules.mediaHosts = [emulator.cdnOrigin];
    const get = createGet({ token, apiUrl, requestsPerSecond: 1000 });
    const discord = createRestPort({ apiUrl }, get);
    const add = (name: string) => emulator.addChannel({ guildId: guild.id, name }).id;
    const postClip = (channelId: string) =>
      emulator.postMessage({
        channelId,
        authorId: user.id,
        files: [{ filename: 'COMET.mp4', bytes: new Uint8Array([1]), contentType: 'video/mp4' }],
      });
    const hidden = add('hidden');
    emulator.deny(hidden, 'VIEW_CHANNEL');
    await withWorkers(environment, createActivities({ ...ports, discord }), async (taskQueue) => {
      const first = await runIngest(t, emulator, { TASK_QUEUE: taskQueue });
      await until('the sweep of a channel', () => isSwept(channel.id));
      await first.stop();

      const old = postClip(hidden);
      emulator.allow(hidden, 'VIEW_CHANNEL');
      const created = add('created');
      const posted = [postClip(created), postClip(created)];
      emulator.postMessage({ channelId: created, authorId: user.id, content: 'nice' });
      await runIngest(t, emulator, { TASK_QUEUE: taskQueue });
      await until('the clips', () => {
        const started = ports.starts.map(({ messageId }) => messageId);
        return posted.every(({ id }) => started.includes(id));
      });
      await until('the other sweep', () => isSwept(hidden));
      const later = postClip(hidden);
      await until('the later clip', () =>
        isRunning(`clip-${later.id}-${later.attachments[0]!.id}`),
      );
      assert.ok(!ports.starts.some(({ messageId }) => messageId === old.id));
      for (const id of [channel.id, hidden, created]) {
        await environment.client.workflow.getHandle(`sweep-${id}`).terminate();
      }
    });
  });

  test('if guilds have no roles, ingest still sweeps their channels', async (t) => {
    const { emulator, channel } = await stage(t, { quirks: { guildsWithoutRoles: true } });
    await runIngest(t, emulator);
    await until('the sweep of a channel', () => isSwept(channel.id));
  });

  test('if the gateway refuses connections at startup, ingest waits and then listens once', async (t) => {
    const { emulator, channel } = await stage(t);
    emulator.refuseGateway(1000);
    await runIngest(t, emulator);
    await until('the sweep of a channel', () => isSwept(channel.id));
    assert.equal(emulator.stats.requests('GATEWAY IDENTIFY'), 1);
  });

  describe('if the gateway accepts the connection but never starts a session', () => {
    /** Runs ingest in a process of its own. */
    function startProcess(t: TestContext, { token, apiUrl }: Emulator) {
      const program = startProgram('src/ingest/main.ts', {
        TOKEN: token,
        DISCORD_API_URL: apiUrl,
        TEMPORAL_ADDRESS: environment.address,
      });
      t.after(() => program.kill('SIGKILL'));
      return program;
    }

    const untilIdentify = (emulator: Emulator, count: number) =>
      until(
        'the request for a session',
        () => emulator.stats.requests('GATEWAY IDENTIFY') === count,
        60_000,
      );

    test('at startup, ingest stops at the first signal', async (t) => {
      const { emulator } = await stage(t, { quirks: { identifyUnanswered: true } });
      const program = startProcess(t, emulator);
      await untilIdentify(emulator, 1);
      assert.equal(await program.kill('SIGTERM'), 0);
    });

    test('after a lost connection, ingest stops at the first signal', async (t) => {
      const { emulator } = await stage(t);
      const program = startProcess(t, emulator);
      await program.prints(/listening to Discord/);
      emulator.quirks.identifyUnanswered = true;
      emulator.dropGateway({ resumable: false });
      await untilIdentify(emulator, 2);
      assert.equal(await program.kill('SIGTERM'), 0);
    });
  });

  test('if the look-up of an uncached thread fails with an unclear 403, the clip in the thread starts later', async (t) => {
    const { emulator, guild, channel, user } = await stage(t);
    // If the message revived the thread, an event would describe the thread beforehand.
    emulator.quirks.threadsStayArchived = true;
    const thread = emulator.addChannel({
      guildId: guild.id,
      name: 'best of',
      type: ChannelType.PublicThread,
      parentId: channel.id,
      archivedAt: new Date(),
    });
    await runIngest(t, emulator, { CHANNEL_IDS: channel.id });
    await until('the sweep of a channel', () => isSwept(channel.id));
    const refusals: Pick<Fault, 'status' | 'body'>[] = [
      { status: 403, body: '<html><h1>Sign in</h1></html>' },
      { status: 403, body: { message: 'internal network error', code: 40_333 } },
    ];
    for (const refusal of refusals) {
      emulator.faults.add({ route: `GET /channels/${thread.id}`, times: 1, ...refusal });
    }
    const message = emulator.postMessage({
      channelId: thread.id,
      authorId: user.id,
      files: [{ filename: 'COMET.mp4', bytes: new Uint8Array([1]), contentType: 'video/mp4' }],
    });
    await until('the clip', () => isRunning(`clip-${message.id}-${message.attachments[0]!.id}`));
    assert.equal(emulator.stats.requests('GET /channels/:id'), 3);
  });

  test('if the text of a message is too long for Temporal, the clip is started with the beginning of the text', async (t) => {
    const { emulator, channel, user } = await stage(t);
    await runIngest(t, emulator);
    await until('the sweep of a channel', () => isSwept(channel.id));
    // Temporal takes at most 2 MB in an argument.
    const { id, attachments } = emulator.postMessage({
      channelId: channel.id,
      authorId: user.id,
      content: 'x'.repeat(3_000_000),
      files: [{ filename: 'COMET.mp4', bytes: new Uint8Array([1]), contentType: 'video/mp4' }],
    });
    await until('the clip', () => isRunning(`clip-${id}-${attachments[0]!.id}`));
  });

  test('a sweep of a channel starts as soon as the bot can read the channel', async (t) => {
    const { emulator, guild, channel } = await stage(t);
    const hidden = emulator.addChannel({ guildId: guild.id, name: 'hidden' });
    emulator.deny(hidden.id, 'READ_MESSAGE_HISTORY');
    await runIngest(t, emulator);
    await until('the sweep of a channel', () => isSwept(channel.id));
    assert.ok(!(await isSwept(hidden.id)));
    emulator.allow(hidden.id, 'READ_MESSAGE_HISTORY');
    await until('the sweep of the channel that became readable', () => isSwept(hidden.id));
  });

  test('after a restart, ingest ends only the sweeps of deleted channels and of channels removed from CHANNEL_IDS', async (t) => {
    const { emulator, guild, channel } = await stage(t);
    const add = (name: string) => emulator.addChannel({ guildId: guild.id, name }).id;
    const dropped = add('dropped');
    const deleted = add('deleted');
    const hidden = add('hidden');
    const first = await runIngest(t, emulator);
    const all = [channel.id, dropped, deleted, hidden];
    for (const id of all) await until(`the sweep of ${id}`, () => isSwept(id));
    await first.stop();

    emulator.removeChannel(deleted);
    emulator.deny(hidden, 'VIEW_CHANNEL');
    const CHANNEL_IDS = [channel.id, deleted, hidden].join(',');
    await runIngest(t, emulator, { CHANNEL_IDS });
    // No worker runs, so a sweep shows only that its cancellation was requested.
    const isCancelRequested = async (channelId: string) => {
      const { events } = await environment.client.workflow
        .getHandle(`sweep-${channelId}`)
        .fetchHistory();
      return events?.some((event) => event.workflowExecutionCancelRequestedEventAttributes);
    };
    for (const id of [dropped, deleted])
      await until(`the end of ${id}`, () => isCancelRequested(id));
    await pause(500);
    assert.ok(!(await isCancelRequested(channel.id)));
    assert.ok(
      !(await isCancelRequested(hidden)),
      'the sweep of a hidden channel remembers how far the channel has been read',
    );
  });

  test('when ingest starts, recently archived threads in channels and forums are swept', async (t) => {
    const { emulator, guild, channel, user } = await stage(t);
    const forum = emulator.addChannel({
      guildId: guild.id,
      name: 'clips',
      type: ChannelType.GuildForum,
    });
    /** Adds a thread that was archived this many days ago, on the day of its only message. */
    const addArchived = (name: string, parentId: string, days: number) => {
      const archivedAt = new Date(Date.now() - days * 86_400_000);
      const type = ChannelType.PublicThread;
      const thread = emulator.addChannel({ guildId: guild.id, name, type, parentId, archivedAt });
      const message = { channelId: thread.id, authorId: user.id, content: 'x', silent: true };
      emulator.postMessage({ ...message, timestamp: archivedAt });
      return thread.id;
    };
    const recent = addArchived('best of', channel.id, 2);
    const post = addArchived('my best', forum.id, 3);
    const old = addArchived('long ago', channel.id, 20);
    await runIngest(t, emulator);
    await until('the sweep of a thread', () => isSwept(recent));
    await until('the sweep of a forum post', () => isSwept(post));
    assert.ok(!(await isSwept(old)), 'a thread that was quiet for two weeks is not swept');
    assert.ok(
      !(await isSwept(forum.id)),
      'a forum itself is not swept, because it has no messages',
    );
  });

  test('20 deletions in an unwatched thread that ingest has never seen cause only one request to Discord', async (t) => {
    const { emulator, guild, channel, user } = await stage(t);
    const other = emulator.addChannel({ guildId: guild.id, name: 'other' });
    const thread = emulator.addChannel({
      guildId: guild.id,
      name: 'best of',
      type: ChannelType.PublicThread,
      parentId: other.id,
      archivedAt: new Date(),
    });
    const post = (channelId: string) =>
      emulator.postMessage({ channelId, authorId: user.id, content: 'x', silent: true }).id;
    const messageIds = Array.from({ length: 20 }, () => post(thread.id));
    const watchedId = post(channel.id);
    const events: string[] = [];
    const metrics = { ...noMetrics, gatewayEvent: (type: string) => void events.push(type) };
    await runIngest(t, emulator, { CHANNEL_IDS: channel.id }, metrics);
    await until('the sweep of a channel', () => isSwept(channel.id));
    for (const messageId of messageIds) emulator.deleteMessage({ channelId: thread.id, messageId });
    emulator.deleteMessage({ channelId: channel.id, messageId: watchedId });
    await until(
      'all deletions',
      () => events.filter((type) => type === 'MESSAGE_DELETE').length === 21,
    );
    await until('the request', () => emulator.stats.requests('GET /channels/:id') > 0);
    await pause(200);
    assert.equal(emulator.stats.requests('GET /channels/:id'), 1);
  });
});
