import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test, type TestContext } from 'node:test';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { parseConfig, type Config } from '../../src/config.ts';
import { checkClock } from '../../src/doctor/clock-findings.ts';
import { checkDisk } from '../../src/doctor/disk-findings.ts';
import { examine } from '../../src/doctor/collect-findings.ts';
import type { Finding } from '../../src/doctor/finding.ts';
import { reportOf } from '../../src/doctor/report.ts';
import { stage as stageDiscord, TOKEN } from '../discord/stage.ts';
import { startFakeGcs, type FakeGcs } from '../support/fake-gcs.ts';
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

/** A configuration in which nothing is wrong, over the real things; `env` changes it. */
async function stage(t: TestContext) {
  const staged = await stageDiscord(t);
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
  /** The faults that are found; none of them may betray the token. */
  const faultsOf = async (env: Record<string, string> = {}): Promise<string[]> => {
    const findings = await examine(configOf(env));
    assert.ok(!JSON.stringify(findings).includes(TOKEN));
    return findings
      .filter(({ state }) => state === 'fault')
      .map(({ check, says }) => `${check}: ${says}`);
  };
  return { ...staged, configOf, faultsOf };
}

/** How the checks of this name ended. */
const states = (findings: readonly Finding[], name: string): string[] =>
  findings.filter(({ check }) => check === name).map(({ state }) => state);

/** The storage server, but that it says this about the bucket itself; returns its address. */
async function bucketAnswering(t: TestContext, status: number, body: object): Promise<string> {
  const { hostname, port } = new URL(gcs.apiEndpoint);
  const server = createServer((incoming, response) => {
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
  return await listening(t, server);
}

/** Starts a server of the test's own; returns its address. */
async function listening(t: TestContext, server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close().closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('the doctor', () => {
  test('finds nothing where nothing is wrong, and leaves nothing in the bucket', async (t) => {
    const { configOf } = await stage(t);
    const findings = await examine(configOf());
    assert.deepEqual(
      findings.map(({ check, state }) => `${check} ${state}`),
      [
        'Discord token ok',
        'message content intent ok',
        `channel ${configOf().channelIds[0]} ok`,
        'clock ok',
        'bucket ok',
        'deletion ok',
        'Temporal ok',
        'namespace ok',
        'search attributes ok',
        // No worker was started.
        'workers warning',
        'ffmpeg ok',
        ...states(findings, 'disk').map((state) => `disk ${state}`),
        ...states(findings, 'media folder').map((state) => `media folder ${state}`),
      ],
    );
    assert.deepEqual(await gcs.list('clips'), []);
  });

  test('finds a wrong token', async (t) => {
    const { faultsOf } = await stage(t);
    const [fault, ...others] = await faultsOf({ TOKEN: 'wrong' });
    assert.match(fault ?? '', /^Discord token: Discord rejected the bot token: set TOKEN/);
    assert.deepEqual(others, []);
  });

  test('finds a missing message content intent', async (t) => {
    const { emulator, faultsOf } = await stage(t);
    emulator.setMessageContentIntent(false);
    const [fault] = await faultsOf();
    assert.match(fault ?? '', /^message content intent: .*turn it on in Discord's developer/);
  });

  test('finds a channel whose history may not be read', async (t) => {
    const { emulator, channel, faultsOf } = await stage(t);
    emulator.deny(channel.id, 'READ_MESSAGE_HISTORY');
    const [fault] = await faultsOf();
    assert.match(fault ?? '', /^channel \d+: .*grant it Read Message History there/);
  });

  test('warns of one lost channel among others', async (t) => {
    const { emulator, guild, channel, configOf } = await stage(t);
    const lost = emulator.addChannel({ guildId: guild.id, name: 'lost' });
    emulator.deny(lost.id, 'VIEW_CHANNEL');
    const findings = await examine(configOf({ CHANNEL_IDS: `${lost.id},${channel.id}` }));
    assert.deepEqual(states(findings, `channel ${channel.id}`), ['ok']);
    assert.deepEqual(states(findings, `channel ${lost.id}`), ['warning']);
  });

  test('names the channels that can not be read where all are to be watched', async (t) => {
    const { emulator, guild, channel, configOf } = await stage(t);
    const channels = async (): Promise<Finding | undefined> =>
      (await examine(configOf({ CHANNEL_IDS: '' }))).find(({ check }) => check === 'channels');
    assert.equal((await channels())?.says, '1 can be read (CHANNEL_IDS names none)');
    const hidden = emulator.addChannel({ guildId: guild.id, name: 'staff' });
    emulator.deny(hidden.id, 'VIEW_CHANNEL');
    assert.deepEqual(await channels(), {
      ...{ check: 'channels', state: 'ok' },
      says: '1 can be read (CHANNEL_IDS names none); hidden from the bot: #staff',
    });
    const deaf = emulator.addChannel({ guildId: guild.id, name: 'new' });
    emulator.deny(deaf.id, 'READ_MESSAGE_HISTORY');
    const warning = await channels();
    assert.equal(warning?.state, 'warning');
    assert.match(warning.says, /give the bot Read Message History in #new; hidden .* #staff$/);
    emulator.deny(channel.id, 'VIEW_CHANNEL');
    emulator.deny(deaf.id, 'VIEW_CHANNEL');
    const fault = await channels();
    assert.equal(fault?.state, 'fault');
    assert.match(fault.says, /^the bot can read no channel: invite it/);
  });

  test('finds a missing bucket', async (t) => {
    const { faultsOf } = await stage(t);
    assert.deepEqual(await faultsOf({ BUCKET_NAME: 'elsewhere' }), [
      'bucket: bucket elsewhere is not there: create it or correct BUCKET_NAME',
    ]);
  });

  test('warns where the bucket keeps what was replaced, and where it may not look', async (t) => {
    const { configOf } = await stage(t);
    const deletionWhere = async (status: number, body: object): Promise<Finding | undefined> => {
      const apiEndpoint = await bucketAnswering(t, status, body);
      const findings = await examine(configOf({ GCS_API_ENDPOINT: apiEndpoint }));
      assert.deepEqual(states(findings, 'bucket'), ['ok'], 'objects can be used all the same');
      return findings.find(({ check }) => check === 'deletion');
    };
    const keeping = await deletionWhere(200, {
      versioning: { enabled: true },
      softDeletePolicy: { retentionDurationSeconds: '604800' },
    });
    assert.equal(keeping?.state, 'warning');
    assert.match(keeping.says, /keeps every version .* and what was deleted, for 7 days \(soft/);
    const closed = await deletionWhere(403, { error: { code: 403, message: 'no' } });
    assert.equal(closed?.state, 'warning');
    assert.match(closed.says, /^not looked at: give the credentials .* storage\.buckets\.get on /);
    const broken = await deletionWhere(400, { error: { code: 400, message: 'no' } });
    assert.equal(broken?.state, 'warning');
    assert.match(broken.says, /fails with status 400/);
  });

  test('finds a Temporal that is away', async (t) => {
    const { faultsOf } = await stage(t);
    assert.deepEqual(await faultsOf({ TEMPORAL_ADDRESS: '127.0.0.1:1' }), [
      'Temporal: Temporal does not answer at 127.0.0.1:1: start it, or correct TEMPORAL_ADDRESS',
    ]);
  });

  test('finds a missing namespace', async (t) => {
    const { faultsOf } = await stage(t);
    const [fault, ...others] = await faultsOf({ TEMPORAL_NAMESPACE: 'clips' });
    assert.match(fault ?? '', /^namespace: .* has no namespace clips: create it \(temporal /);
    assert.deepEqual(others, []);
  });

  test('finds no ffmpeg, and one that can make no such thumbnails', async (t) => {
    const { faultsOf } = await stage(t);
    assert.deepEqual(await faultsOf({ FFMPEG_PATH: '/nowhere/ffmpeg' }), [
      'ffmpeg: /nowhere/ffmpeg is not there: install ffmpeg, or set FFMPEG_PATH to its path',
    ]);
    const poor = join(folder, 'poor-ffmpeg');
    writeFileSync(poor, '#!/bin/sh\necho "ffmpeg version 1.0"\n', { mode: 0o755 });
    const [fault] = await faultsOf({ FFMPEG_PATH: poor });
    assert.match(fault ?? '', /poor-ffmpeg has no encoder libwebp: install another ffmpeg, or set/);
  });

  test('finds a clock that is wrong, either way', async (t) => {
    const dates = [Date.now() + 300_000, Date.now() - 300_000, Date.now()];
    const server = createServer((_request, response) => {
      response.setHeader('date', new Date(dates.shift() ?? 0).toUTCString()).end('{}');
    });
    const origin = await listening(t, server);
    const look = async (): Promise<Finding | undefined> => (await checkClock(origin))[0];
    const [behind, ahead, right] = [await look(), await look(), await look()];
    assert.match(behind?.says ?? '', /^it is (299|300|301) s behind Discord's: turn on time sync/);
    assert.match(ahead?.says ?? '', /^it is (299|300|301) s ahead of Discord's: turn on time/);
    assert.equal(right?.state, 'ok');
  });

  test('warns where clips that are downloaded whole might not fit', async () => {
    const look = async (most: string, mediaFolder?: string): Promise<Finding | undefined> =>
      (await checkDisk(parseConfig({ MAX_MEDIA_BYTES: most }), mediaFolder)).at(-1);
    const small = await look('1000000GB', '/');
    assert.match(small?.says ?? '', /may be needed .*: make room, or lower MAX_MEDIA_BYTES$/);
    assert.equal((await look('1KB'))?.state, 'ok');
    // Other systems have no such folder.
    if (process.platform !== 'linux') return;
    const memory = await look('1000000GB', '/dev/shm');
    assert.equal(memory?.state, 'warning');
    assert.match(memory.says, /dev\/shm, which is memory, .*: give it more \(MEDIA_TMPFS in cont/);
  });

  test('looks at the disk of the data, before there is any and where there is none', async () => {
    const inPlace = await checkDisk(parseConfig({ DATA_DIR: join(folder, 'not', 'yet') }));
    assert.match(inPlace[0]?.says ?? '', / GB free in .*not\/yet/);
    const elsewhere = parseConfig({ DATA_DIR: join(folder, 'not'), BUCKET_NAME: 'clips' });
    assert.deepEqual(states(await checkDisk(elsewhere), 'disk'), []);
  });

  test('takes a check that fails for a fault, and goes on with the others', async (t) => {
    const { configOf } = await stage(t);
    const findings = await examine(configOf({ TEMPORAL_TLS_CLIENT_CERT_PATH: '/nowhere.pem' }));
    assert.deepEqual(states(findings, 'Temporal'), ['fault']);
    assert.match(findings.find(({ check }) => check === 'Temporal')?.says ?? '', /nowhere\.pem/);
    assert.deepEqual(states(findings, 'bucket'), ['ok']);
  });

  test('ends its report with the number of faults', () => {
    const ok: Finding = { check: 'bucket', state: 'ok', says: 'there' };
    const fault: Finding = { check: 'Discord token', state: 'fault', says: 'set TOKEN' };
    assert.match(
      reportOf([ok, fault]),
      /^ok {5}bucket {9}there\nFAULT {2}Discord token {2}set TOKEN\n\n1 to mend/,
    );
    assert.match(reportOf([ok]), /Everclip can run\.$/);
  });
});
