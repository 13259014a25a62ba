import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { request, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test, type TestContext } from 'node:test';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { ChannelType } from 'discord-api-types/v10';
import { parseConfig, type Config } from '../../src/config.ts';
import { bucketFindings } from '../../src/doctor/bucket-findings.ts';
import { clockFindings } from '../../src/doctor/clock-findings.ts';
import { discordFindings } from '../../src/doctor/discord-findings.ts';
import { diskFindings } from '../../src/doctor/disk-findings.ts';
import { collectFindings } from '../../src/doctor/collect-findings.ts';
import { ffmpegFindings } from '../../src/doctor/ffmpeg-findings.ts';
import { formatFindings, type Finding } from '../../src/doctor/finding.ts';
import type { Quirks } from '../../src/emulator/context.ts';
import { bucketFolder } from '../../src/store/bucket.ts';
import { stage as stageDiscord, TOKEN } from '../discord/stage.ts';
import { startFakeGcs, type FakeGcs } from '../support/fake-gcs.ts';
import { startLocalServer } from '../support/local-server.ts';
import { startProgram } from '../support/program.ts';
import { startTemporal } from '../support/temporal.ts';

let temporal: TestWorkflowEnvironment;
let gcs: FakeGcs;
let folder: string;

before(async () => {
  [temporal, gcs] = await Promise.all([startTemporal(), startFakeGcs('clips')]);
  folder = mkdtempSync(join(tmpdir(), 'everclip-doctor-'));
});
after(async () => {
  await temporal.teardown();
  await gcs.stop();
  rmSync(folder, { recursive: true });
});

/** Stages everything that Everclip needs. `configOf` returns valid settings, changed by `env`. */
async function stage(t: TestContext, quirks: Partial<Quirks> = {}) {
  const staged = await stageDiscord(t, { quirks });
  const configOf = (env: Record<string, string> = {}): Config =>
    parseConfig({
      TOKEN,
      DISCORD_API_URL: staged.emulator.apiUrl,
      CHANNEL_IDS: staged.channel.id,
      BUCKET_NAME: 'clips',
      GCS_API_ENDPOINT: gcs.apiEndpoint,
      TEMPORAL_ADDRESS: temporal.address,
      TEMPORAL_NAMESPACE: temporal.namespace ?? 'default',
      FFMPEG_PATH: process.env.FFMPEG_PATH ?? 'ffmpeg',
      FFPROBE_PATH: process.env.FFPROBE_PATH ?? 'ffprobe',
      DATA_DIR: folder,
      ...env,
    });
  /** Returns the faults. Fails if a finding contains the token. */
  const faultsOf = async (env: Record<string, string> = {}): Promise<string[]> => {
    const findings = await collectFindings(configOf(env));
    assert.ok(!JSON.stringify(findings).includes(TOKEN));
    return findings
      .filter(({ state }) => state === 'fault')
      .map(({ check, says }) => `${check}: ${says}`);
  };
  return { ...staged, configOf, faultsOf };
}

/** Returns the states of the findings of the check with this name. */
function statesOf(findings: readonly Finding[], name: string): string[] {
  return findings.filter(({ check }) => check === name).map(({ state }) => state);
}

/**
 * Starts a proxy for the storage server. The proxy answers requests about the bucket with this status and body.
 * Returns the URL of the proxy.
 */
async function proxyBucket(t: TestContext, status: number, body: object): Promise<string> {
  const { hostname, port } = new URL(gcs.apiEndpoint);
  return await serve(t, (incoming, response) => {
    const { method, url: path, headers } = incoming;
    if (method === 'GET' && /\/b\/clips(\?|$)/.test(path ?? '')) {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      return;
    }
    const onward = request({ hostname, port, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    incoming.pipe(onward);
  });
}

/** Starts a server until the test ends. Returns its URL. */
async function serve(t: TestContext, listener: RequestListener): Promise<string> {
  const { origin, stop } = await startLocalServer(listener);
  t.after(stop);
  return origin;
}

describe('doctor', () => {
  test('if all is well, the doctor reports no faults and leaves no object in the bucket', async (t) => {
    const { configOf } = await stage(t);
    const findings = await collectFindings(configOf());
    assert.deepEqual(
      findings.map(({ check, state }) => `${check} ${state}`),
      [
        'Discord token ok',
        'message content intent ok',
        'servers ok',
        `channel ${configOf().channelIds[0]} ok`,
        // The bot has no Manage Threads.
        'permissions ok',
        'clock ok',
        'bucket ok',
        'deletion ok',
        'Temporal ok',
        'namespace ok',
        'search attributes ok',
        // No worker was started.
        'workers warning',
        'ffmpeg ok',
        ...statesOf(findings, 'sandbox').map((state) => `sandbox ${state}`),
        ...statesOf(findings, 'disk').map((state) => `disk ${state}`),
        ...statesOf(findings, 'media folder').map((state) => `media folder ${state}`),
        'catalog ok',
        'library ok',
        // Your own .env may be readable by others.
        ...statesOf(findings, 'files').map((state) => `files ${state}`),
      ],
    );
    assert.deepEqual(await gcs.list('clips'), []);
  });

  test('a worker that only makes thumbnails starts without a token, and the doctor expects none', async (t) => {
    const { configOf } = await stage(t);
    const env = { TOKEN: '', WORKER_QUEUES: 'media' };
    const [discord] = await collectFindings(configOf(env));
    assert.deepEqual(discord, {
      check: 'Discord',
      state: 'ok',
      says: 'not checked: a worker that only makes thumbnails needs no access to Discord',
    });
    const worker = startProgram('src/workers/main.ts', {
      ...env,
      BUCKET_NAME: 'clips',
      GCS_API_ENDPOINT: gcs.apiEndpoint,
      TEMPORAL_ADDRESS: temporal.address,
      TEMPORAL_NAMESPACE: temporal.namespace ?? 'default',
      // Nothing answers here.
      DISCORD_API_URL: 'http://127.0.0.1:1/api',
    });
    await worker.prints(/worker serves the task queues media/);
    assert.equal(await worker.kill('SIGTERM'), 0);
  });

  test('the doctor says whether ffmpeg runs in a sandbox, and what to do if it does not', async (t) => {
    const { configOf } = await stage(t);
    const noUnshare = join(folder, 'unshare');
    writeFileSync(noUnshare, '#!/bin/sh\necho "unshare: Operation not permitted" >&2; exit 1', {
      mode: 0o755,
    });
    const { PATH } = process.env;
    process.env.PATH = `${folder}:${PATH}`;
    t.after(() => {
      process.env.PATH = PATH;
      rmSync(noUnshare);
    });
    const sandboxOf = async (queues: string) => {
      const findings = await ffmpegFindings(configOf({ WORKER_QUEUES: queues }));
      return findings.find(({ check }) => check === 'sandbox');
    };
    const withToken = await sandboxOf('main,media,discord');
    assert.equal(withToken?.state, 'warning');
    assert.match(
      withToken.says,
      /^ffmpeg runs without a sandbox \(unshare: Operation not permitted\): allow user namespaces, or run a worker with WORKER_QUEUES=media/,
    );
    assert.equal((await sandboxOf('media'))?.state, 'ok');
    assert.equal(await sandboxOf('main,discord'), undefined);
  });

  test('the doctor reports an invalid token', async (t) => {
    const { faultsOf } = await stage(t);
    const [fault, ...others] = await faultsOf({ TOKEN: 'wrong' });
    assert.match(fault ?? '', /^Discord token: Discord rejected the bot token: set TOKEN/);
    assert.deepEqual(others, []);
  });

  test('the doctor reports a missing Message Content intent', async (t) => {
    const { emulator, faultsOf } = await stage(t);
    emulator.setMessageContentIntent(false);
    const [fault] = await faultsOf();
    assert.match(
      fault ?? '',
      /^message content intent: .*turn it on in Discord's developer .* so Everclip finds no clip$/,
    );
  });

  test('the doctor reports a channel in which the bot lacks Read Message History', async (t) => {
    const { emulator, channel, faultsOf } = await stage(t);
    emulator.deny(channel.id, 'READ_MESSAGE_HISTORY');
    const [fault] = await faultsOf();
    assert.match(fault ?? '', /^channel \d+: .*grant it Read Message History there/);
  });

  test('if another channel is readable, the doctor reports an unreadable channel as a warning, not as a fault', async (t) => {
    const { emulator, guild, channel, configOf } = await stage(t);
    const lost = emulator.addChannel({ guildId: guild.id, name: 'lost' });
    emulator.deny(lost.id, 'VIEW_CHANNEL');
    const findings = await collectFindings(configOf({ CHANNEL_IDS: `${lost.id},${channel.id}` }));
    assert.deepEqual(statesOf(findings, `channel ${channel.id}`), ['ok']);
    assert.deepEqual(statesOf(findings, `channel ${lost.id}`), ['warning']);
  });

  test('if the bot is in a second server, the doctor warns until GUILD_IDS names the servers to archive', async (t) => {
    const { emulator, guild, configOf } = await stage(t);
    const servers = async (env: Record<string, string>): Promise<Finding | undefined> =>
      (await discordFindings(configOf(env))).find(({ check }) => check === 'servers');
    const only = { check: 'servers', state: 'ok', says: `may archive Clip club (${guild.id})` };
    assert.deepEqual(await servers({}), only);
    const other = emulator.addGuild({ name: 'Strangers' });
    const warning = await servers({});
    assert.equal(warning?.state, 'warning');
    assert.match(
      warning.says,
      /^the bot is in 2 servers, .*: set GUILD_IDS .*, Strangers \(\d+\)$/,
    );
    assert.deepEqual(await servers({ GUILD_IDS: guild.id }), {
      ...only,
      says: `${only.says}; servers that GUILD_IDS leaves out: 1`,
    });
    const absent = '442294389964800999';
    assert.deepEqual(await servers({ GUILD_IDS: `${other.id},${absent}` }), {
      check: 'servers',
      state: 'warning',
      says: `GUILD_IDS: the bot is not in the server ${absent}: invite the bot, or correct GUILD_IDS`,
    });
    emulator.faults.add({ route: 'GET /users/@me/guilds', status: 404 });
    assert.match((await servers({}))?.says ?? '', /^not checked: /);
  });

  test('the doctor names each missing permission, the channels without it and what it hides', async (t) => {
    const { emulator, guild, channel, configOf } = await stage(t);
    const type = ChannelType.GuildCategory;
    const category = emulator.addChannel({ guildId: guild.id, name: 'games', type });
    const add = (name: string, more: object = {}) =>
      emulator.addChannel({ guildId: guild.id, name, parentId: category.id, ...more }).id;
    emulator.deny(add('staff'), 'VIEW_CHANNEL');
    emulator.deny(add('new'), 'READ_MESSAGE_HISTORY');
    emulator.deny(add('lobby', { type: ChannelType.GuildVoice }), 'CONNECT');
    emulator.allow(add('talk'), 'MANAGE_THREADS');
    for (let n = 1; n <= 21; n++) add(`c${n}`);
    const permissions = async (env: Record<string, string>) =>
      (await discordFindings(configOf(env)))
        .filter(({ check }) => check === 'permissions')
        .map(({ state, says }) => `${state} ${says}`);
    const named = Array.from({ length: 20 }, (_, n) => `#c${n + 1}`).join(', ');
    const expected = [
      'ok the bot lacks View Channel in #staff: Everclip archives nothing there',
      'warning the bot lacks Read Message History in #new: sweeps and backfills find no clip there, and links are not refreshed',
      'warning the bot lacks Connect in #lobby: Everclip cannot read the chats of these voice channels',
      `ok the bot lacks Manage Threads in ${named} and 1 more: private archived threads that the bot has not joined are not archived`,
    ];
    assert.deepEqual(await permissions({ CHANNEL_IDS: category.id }), expected);
    assert.equal((await permissions({ CHANNEL_IDS: '' })).length, 4);
    const ofChannel = await permissions({ CHANNEL_IDS: channel.id });
    assert.match(ofChannel.join(), /^ok the bot lacks Manage Threads in #overtime: [^;]*$/);
    emulator.allow(channel.id, 'MANAGE_THREADS');
    const EXCLUDE_CHANNEL_IDS = category.id;
    assert.deepEqual(await permissions({ CHANNEL_IDS: '', EXCLUDE_CHANNEL_IDS }), []);
  });

  test('if CHANNEL_IDS names many readable channels, the doctor counts them in one line', async (t) => {
    const { emulator, guild, configOf } = await stage(t);
    const ids = Array.from(
      { length: 21 },
      (_, n) => emulator.addChannel({ guildId: guild.id, name: `c${n}` }).id,
    );
    const lost = '1196521684992000058';
    const findings = await discordFindings(configOf({ CHANNEL_IDS: [...ids, lost].join(',') }));
    const lines = findings.filter(({ check }) => check.startsWith('channel'));
    assert.deepEqual(
      lines.map(({ check, state }) => `${check} ${state}`),
      ['channels ok', `channel ${lost} warning`],
    );
    assert.equal(lines[0]?.says, 'the bot can read 21 channels of CHANNEL_IDS');
  });

  test('the doctor warns if the servers of the bot have nearly 10,000 members together', async (t) => {
    const { emulator, configOf } = await stage(t);
    const members = async () =>
      (await discordFindings(configOf())).find(({ check }) => check === 'members');
    emulator.addGuild({ name: 'Big', memberCount: 5000 });
    assert.equal(await members(), undefined);
    emulator.addGuild({ name: 'Bigger', memberCount: 4000 });
    const warning = await members();
    assert.equal(warning?.state, 'warning');
    assert.match(
      warning.says,
      /^the bot's servers have about 900\d members together. From 10000 users on, .* every year/,
    );
    emulator.faults.add({ route: 'GET /users/@me/guilds', status: 404 });
    assert.equal(await members(), undefined, 'a server without the list is no reason to warn');
  });

  test('if CHANNEL_IDS is empty, the doctor counts the channels that the bot can read', async (t) => {
    const { emulator, guild, channel, configOf } = await stage(t);
    const channels = async (): Promise<Finding | undefined> =>
      (await discordFindings(configOf({ CHANNEL_IDS: '' }))).find(
        ({ check }) => check === 'channels',
      );
    const says = 'readable channels: 1; all are watched because CHANNEL_IDS is empty';
    assert.deepEqual(await channels(), { check: 'channels', state: 'ok', says });
    const unread = emulator.addChannel({ guildId: guild.id, name: 'new' });
    emulator.deny(unread.id, 'READ_MESSAGE_HISTORY');
    assert.deepEqual(await channels(), { check: 'channels', state: 'ok', says });
    emulator.deny(channel.id, 'VIEW_CHANNEL');
    const fault = await channels();
    assert.equal(fault?.state, 'fault');
    assert.match(fault.says, /^the bot cannot read any channel: invite it/);
  });

  test('if a compatible server has no intent flags and no roles in guilds, the doctor still surveys the channels', async (t) => {
    const quirks = { noIntentFlag: true, guildsWithoutRoles: true };
    const { emulator, guild, configOf, faultsOf, post } = await stage(t, quirks);
    post('COMET.mp4', 'gg');
    const hidden = emulator.addChannel({ guildId: guild.id, name: 'staff' });
    emulator.deny(hidden.id, 'VIEW_CHANNEL');
    const findings = await collectFindings(configOf({ CHANNEL_IDS: '' }));
    assert.deepEqual(statesOf(findings, 'message content intent'), ['ok']);
    const survey = findings.filter(({ check }) => check === 'permissions');
    assert.match(survey[0]?.says ?? '', /^the bot lacks View Channel in #staff: /);
    assert.deepEqual(statesOf(findings, 'channels'), ['ok']);

    for (const status of [403, 404]) {
      const body = { message: 'no', code: status };
      emulator.faults.add({ route: 'GET /guilds/:id/roles', times: 1, status, body });
      assert.deepEqual(await faultsOf({ CHANNEL_IDS: '' }), [
        `channels: the server at DISCORD_API_URL does not show the bot the roles of Clip club, which the check of permissions needs: allow the bot GET /guilds/${guild.id}/roles`,
      ]);
    }
  });

  test('if the list of guilds is not a list, the doctor says that the server does not answer like Discord', async (t) => {
    const { emulator, faultsOf } = await stage(t);
    emulator.faults.add({ route: 'GET /users/@me/guilds', status: 200, body: { guilds: [] } });
    const [fault] = await faultsOf({ CHANNEL_IDS: '' });
    assert.match(
      fault ?? '',
      /^channels: the server at DISCORD_API_URL did not answer like Discord/,
    );
  });

  test('the doctor reports a missing bucket', async (t) => {
    const { faultsOf } = await stage(t);
    assert.deepEqual(await faultsOf({ BUCKET_NAME: 'elsewhere' }), [
      'bucket: bucket elsewhere not found: create it or correct BUCKET_NAME',
    ]);
  });

  test('if the bucket keeps deleted objects or its settings cannot be read, the doctor shows a warning', async (t) => {
    const { configOf } = await stage(t);
    const deletionFinding = async (status: number, body: object): Promise<Finding | undefined> => {
      const apiEndpoint = await proxyBucket(t, status, body);
      const findings = await collectFindings(configOf({ GCS_API_ENDPOINT: apiEndpoint }));
      assert.deepEqual(statesOf(findings, 'bucket'), ['ok'], 'the bucket passes its own check');
      return findings.find(({ check }) => check === 'deletion');
    };
    const keeping = await deletionFinding(200, {
      versioning: { enabled: true },
      softDeletePolicy: { retentionDurationSeconds: '604800' },
    });
    assert.equal(keeping?.state, 'warning');
    assert.match(keeping.says, /keeps every version .* and deleted objects for 7 days \(soft/);
    const denied = await deletionFinding(403, { error: { code: 403, message: 'no' } });
    assert.equal(denied?.state, 'warning');
    assert.match(
      denied.says,
      /^retention policy, holds, versioning and soft delete not checked: give the service account .* storage\.buckets\.get on /,
    );
    const broken = await deletionFinding(400, { error: { code: 400, message: 'no' } });
    assert.equal(broken?.state, 'warning');
    assert.match(broken.says, /answered with status 400/);
  });

  test('the doctor reports a Temporal server that does not answer', async (t) => {
    const { faultsOf } = await stage(t);
    assert.deepEqual(await faultsOf({ TEMPORAL_ADDRESS: '127.0.0.1:1' }), [
      'Temporal: Temporal does not answer at 127.0.0.1:1: start it or correct TEMPORAL_ADDRESS',
    ]);
  });

  test('if npm start is not running yet, the doctor says to run npm start, as a warning and not as a fault', async (t) => {
    const { configOf } = await stage(t);
    const findings = await collectFindings(configOf({ TEMPORAL_ADDRESS: '', TEMPORAL_PORT: '1' }));
    assert.deepEqual(
      findings.filter(({ state }) => state === 'fault'),
      [],
    );
    assert.deepEqual(
      findings.find(({ check }) => check === 'Temporal'),
      {
        check: 'Temporal',
        state: 'warning',
        says: 'Everclip is not running, because no Temporal server answers at 127.0.0.1:1: start it with npm start, or set TEMPORAL_ADDRESS to your Temporal server',
      },
    );
  });

  test('if the bucket is a local folder, the doctor leaves no file and no folder for its probe', async (t) => {
    const { configOf } = await stage(t);
    const dataDir = join(folder, 'data');
    const config = configOf({ BUCKET_NAME: '', DATA_DIR: dataDir });
    const rounds = await Promise.all(
      Array.from({ length: 8 }, async () => statesOf(await bucketFindings(config), 'bucket')),
    );
    assert.deepEqual(
      rounds.flat(),
      Array.from({ length: 8 }, () => 'ok'),
    );
    assert.deepEqual(readdirSync(bucketFolder(config)), ['.everclip']);
  });

  test('if other users can read the data folder, the doctor shows a warning', async (t) => {
    const { configOf } = await stage(t);
    const dataDir = join(folder, 'open');
    mkdirSync(dataDir);
    chmodSync(dataDir, 0o755);
    const findings = await collectFindings(configOf({ DATA_DIR: dataDir }));
    const says = findings.filter(({ check }) => check === 'files').map((finding) => finding.says);
    assert.match(says.at(-1) ?? '', /can read the data folder .*open: run chmod -R go= .*open$/);
  });

  test('the doctor reports a missing Temporal namespace', async (t) => {
    const { faultsOf } = await stage(t);
    const [fault, ...others] = await faultsOf({ TEMPORAL_NAMESPACE: 'clips' });
    assert.match(
      fault ?? '',
      /^namespace: namespace clips not found on Temporal at .*: create it \(temporal /,
    );
    assert.deepEqual(others, []);
  });

  test('the doctor reports a missing ffmpeg, and an ffmpeg without the encoders for thumbnails and poster images', async (t) => {
    const { faultsOf } = await stage(t);
    assert.deepEqual(await faultsOf({ FFMPEG_PATH: '/nowhere/ffmpeg' }), [
      'ffmpeg: /nowhere/ffmpeg not found: install ffmpeg, or set FFMPEG_PATH to its path',
    ]);
    const poor = join(folder, 'poor-ffmpeg');
    const faultWith = async (encoder: string): Promise<string> => {
      writeFileSync(
        poor,
        `#!/bin/sh\nprintf "ffmpeg version 1.0\\n V..... ${encoder} x\\n V..... hevc_vaapi mjpeg libwebp\\n"\n`,
        { mode: 0o755 },
      );
      return (await faultsOf({ FFMPEG_PATH: poor }))[0] ?? '';
    };
    assert.match(
      await faultWith('mjpeg'),
      /poor-ffmpeg has no encoder libwebp: install another ffmpeg, or set/,
    );
    assert.match(
      await faultWith('libwebp'),
      /poor-ffmpeg has no encoder mjpeg, which writes the poster images: install another ffmpeg$/,
    );
  });

  test('the doctor reports a local clock that is behind or ahead of the clock of Discord', async (t) => {
    const dates = [Date.now() + 300_000, Date.now() - 300_000, Date.now()];
    const origin = await serve(t, (_request, response) => {
      response.setHeader('date', new Date(dates.shift() ?? 0).toUTCString()).end('{}');
    });
    const findClock = async (): Promise<Finding | undefined> => (await clockFindings(origin))[0];
    const behind = await findClock();
    const ahead = await findClock();
    const right = await findClock();
    assert.match(behind?.says ?? '', /^(299|300|301) s behind Discord's clock: turn on time sync/);
    assert.match(ahead?.says ?? '', /^(299|300|301) s ahead of Discord's clock: turn on time/);
    assert.equal(right?.state, 'ok');
  });

  test('if the media folder may be too small for whole clips, the doctor says how to make room', async () => {
    const findMedia = async (maxBytes: string, folder?: string): Promise<Finding | undefined> =>
      (await diskFindings(parseConfig({ MAX_MEDIA_BYTES: maxBytes }), folder)).at(-1);
    const small = await findMedia('1000000GB', '/');
    assert.match(small?.says ?? '', /may need .*: free some space or lower MAX_MEDIA_BYTES$/);
    assert.equal((await findMedia('1KB'))?.state, 'ok');
    // Only Linux has /dev/shm.
    if (process.platform !== 'linux') return;
    const memory = await findMedia('1000000GB', '/dev/shm');
    assert.equal(memory?.state, 'warning');
    assert.match(
      memory.says,
      /dev\/shm \(in memory\), .*: make the folder larger \(MEDIA_TMPFS in cont/,
    );
  });

  test('if the settings are those of a worker that makes no thumbnails, the doctor checks no media folder', async () => {
    const checksOf = async (queues: string): Promise<string[]> =>
      (await diskFindings(parseConfig({ WORKER_QUEUES: queues }))).map(({ check }) => check);
    assert.deepEqual(await checksOf('main,discord'), ['disk']);
    assert.deepEqual(await checksOf('media'), ['disk', 'media folder']);
  });

  test('if the data folder does not exist yet, the doctor checks the disk that will hold the folder', async () => {
    const beforeStart = await diskFindings(parseConfig({ DATA_DIR: join(folder, 'not', 'yet') }));
    assert.match(beforeStart[0]?.says ?? '', / GB free in .*not\/yet/);
    const withoutFolder = parseConfig({ DATA_DIR: join(folder, 'not'), BUCKET_NAME: 'clips' });
    assert.deepEqual(statesOf(await diskFindings(withoutFolder), 'disk'), []);
  });

  test('if a check of the doctor throws, the error is reported as a fault and the other checks still run', async (t) => {
    const { configOf } = await stage(t);
    const findings = await collectFindings(
      configOf({ TEMPORAL_TLS_CLIENT_CERT_PATH: '/nowhere.pem' }),
    );
    assert.deepEqual(statesOf(findings, 'Temporal'), ['fault']);
    assert.match(findings.find(({ check }) => check === 'Temporal')?.says ?? '', /nowhere\.pem/);
    assert.deepEqual(statesOf(findings, 'bucket'), ['ok']);
  });

  test('the report of the doctor marks faults and ends with a summary', () => {
    const ok: Finding = { check: 'bucket', state: 'ok', says: 'fine' };
    const fault: Finding = { check: 'Discord token', state: 'fault', says: 'set TOKEN' };
    assert.match(
      formatFindings([ok, fault]),
      /^ok {5}bucket {9}fine\nFAULT {2}Discord token {2}set TOKEN\n\nEverclip cannot run: fix the FAULT above\.$/,
    );
    assert.match(formatFindings([ok]), /Everclip can run\.$/);
  });
});
