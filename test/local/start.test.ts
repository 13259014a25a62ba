import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { startEmulator } from '../../src/emulator/emulator.ts';
import type { ClipRecord } from '../../src/clip/record.ts';
import { isAlive } from '../../src/process-identity.ts';
import { startFakeGcs } from '../support/fake-gcs.ts';
import { startProgram, type Program } from '../support/program.ts';
import { until } from '../support/wait.ts';

const programs: Program[] = [];
const folders: string[] = [];

/** `npm start` after its set-up, in a data folder and on ports of its own. */
async function start(env: Record<string, string>): Promise<Program> {
  const dataDir = env.DATA_DIR ?? (await dataFolder());
  const program = startProgram('test/support/run-local.ts', {
    DATA_DIR: dataDir,
    TEMPORAL_PORT: String(await freePort()),
    WEB_UI_PORT: String(await freePort()),
    ...env,
  });
  programs.push(program);
  return program;
}

async function dataFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'everclip-start-'));
  folders.push(folder);
  return folder;
}

/** Outside the range that the system hands out by itself, where another test may get it first. */
async function freePort(): Promise<number> {
  const port = 20_000 + Math.floor(Math.random() * 10_000);
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
    return port;
  } catch {
    return await freePort();
  } finally {
    server.close();
  }
}

async function records(dataDir: string): Promise<ClipRecord[]> {
  const root = join(dataDir, 'bucket', 'messages');
  const files = await readdir(root, { recursive: true }).catch(() => []);
  return await Promise.all(
    files
      .filter((file) => file.endsWith('.json'))
      .map(async (file) => JSON.parse(await readFile(join(root, file), 'utf8')) as ClipRecord),
  );
}

async function server(dataDir: string): Promise<{ pid: number; identity: string }> {
  const file = await readFile(join(dataDir, 'temporal.json'), 'utf8');
  return JSON.parse(file) as { pid: number; identity: string };
}

describe('npm start', { concurrency: 2 }, () => {
  after(async () => {
    for (const { child } of programs) child.kill('SIGKILL');
    for (const folder of folders) {
      const left = await server(folder).catch(() => null);
      if (left && isAlive(left.identity)) process.kill(left.pid, 'SIGKILL');
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    }
  });

  test('archives the demo, goes on after a kill -9 on the server that still runs, and stops on Ctrl-C', async () => {
    const dataDir = await dataFolder();
    const ports = {
      TEMPORAL_PORT: String(await freePort()),
      WEB_UI_PORT: String(await freePort()),
    };
    const first = await start({ DATA_DIR: dataDir, ...ports });
    await first.prints(/Everclip is running/);
    assert.match(first.output(), /a demo on this machine/);
    assert.match(first.output(), new RegExp(`http://127.0.0.1:${ports.WEB_UI_PORT}`));
    assert.match(first.output(), /workflow start .*--type backfill/);
    const before = await until('a record with its thumbnail', async () =>
      (await records(dataDir)).find(({ Thumbnail }) => Thumbnail),
    );
    const { pid, identity } = await server(dataDir);
    await first.kill('SIGKILL');
    assert.ok(isAlive(identity), 'the dev server outlives its starter');

    const again = await start({ DATA_DIR: dataDir, ...ports });
    await again.prints(/Everclip is running/);
    assert.equal((await server(dataDir)).pid, pid, 'and is used again');
    const refreshed = await until(
      'the same clip with a fresh link',
      async () => {
        const now = (await records(dataDir)).find(({ Id }) => Id === before.Id);
        return now && now.Expire_Timestamp! > before.Expire_Timestamp! ? now : null;
      },
      90_000,
    );
    assert.equal(refreshed.Thumbnail, before.Thumbnail);
    const link = await fetch(refreshed.Attachment_URL, { method: 'HEAD' });
    assert.equal(link.status, 200, 'the demo Discord has its messages and its port again');

    const second = await start({ DATA_DIR: dataDir, ...ports });
    assert.equal(await second.exit(), 1);
    assert.match(second.output(), /already running on .*: stop it, or set DATA_DIR/);

    assert.equal(await again.kill('SIGINT'), 0);
    assert.ok(!isAlive(identity), 'nothing is left behind');
  });

  test('starts a Temporal server again that died, and goes on; or ends with a sentence where it cannot', async () => {
    const dataDir = await dataFolder();
    const program = await start({ DATA_DIR: dataDir });
    await program.prints(/Everclip is running/);
    await until('a record', async () => (await records(dataDir)).length > 0);
    const { pid } = await server(dataDir);
    process.kill(pid, 'SIGKILL');
    await program.prints(/the Temporal server is back/);
    assert.notEqual((await server(dataDir)).pid, pid);
    const before = (await records(dataDir)).length;
    await until('a new record', async () => (await records(dataDir)).length > before, 90_000);

    await writeFile(join(dataDir, 'temporal.version'), '1.20.0\n');
    process.kill((await server(dataDir)).pid, 'SIGKILL');
    assert.equal(await program.exit(), 1);
    assert.match(
      program.output(),
      /the Temporal server has died and can't be started again: .* is of Temporal server 1\.20\.0/,
    );
  });

  test('names the port that another program has', async () => {
    const port = await freePort();
    const stranger = createServer().listen(port, '127.0.0.1');
    await once(stranger, 'listening');
    try {
      const program = await start({ WEB_UI_PORT: String(port) });
      assert.equal(await program.exit(), 1);
      assert.match(
        program.output(),
        new RegExp(`port ${String(port)} is taken .*: stop it, or set WEB_UI_PORT`),
      );
    } finally {
      stranger.close();
    }
  });

  test('refuses a database of another Temporal server, and says how to move on', async () => {
    const dataDir = await dataFolder();
    await writeFile(join(dataDir, 'temporal.version'), '1.20.0\n');
    await writeFile(join(dataDir, 'temporal.db'), '');
    const program = await start({ DATA_DIR: dataDir });
    assert.equal(await program.exit(), 1);
    assert.match(
      program.output(),
      /is of Temporal server 1\.20\.0, and .* is \d+\.\d+\.\d+: set TEMPORAL_CLI to one of 1\.20\.0, or set DATA_DIR to a new folder/,
    );
  });

  test('says every fault of the settings at once', async () => {
    const program = await start({ REFRESH_MARGIN: 'soon', CHANNEL_IDS: 'general' });
    assert.equal(await program.exit(), 1);
    assert.match(program.output(), /REFRESH_MARGIN=soon: write a time such as 6h/);
    assert.match(program.output(), /CHANNEL_IDS=general: "general" is no channel id/);
  });

  test('says what to do about a bad token, a missing intent, an unreadable channel, a missing bucket', async () => {
    const emulator = await startEmulator();
    const gcs = await startFakeGcs('clips');
    try {
      const guild = emulator.addGuild({ name: 'guild' });
      const channel = emulator.addChannel({ guildId: guild.id, name: 'secret' });
      const env = {
        TOKEN: emulator.token,
        CHANNEL_IDS: channel.id,
        DISCORD_API_URL: emulator.apiUrl,
        MEDIA_HOSTS: emulator.cdnOrigin,
      };
      const refusal = async (change: Record<string, string>): Promise<string> => {
        const program = await start({ ...env, ...change });
        assert.equal(await program.exit(), 1);
        return program.output().trim();
      };
      assert.match(
        await refusal({ TOKEN: 'wrong' }),
        /^Discord rejected the bot token: set TOKEN.*$/,
      );
      emulator.setMessageContentIntent(false);
      assert.match(await refusal({}), /^the bot has no Message Content intent: turn it on.*$/);
      emulator.setMessageContentIntent(true);
      emulator.deny(channel.id, 'READ_MESSAGE_HISTORY');
      assert.match(
        await refusal({}),
        /^CHANNEL_IDS: the bot may not read #secret: give it Read Message History there$/,
      );
      emulator.allow(channel.id, 'READ_MESSAGE_HISTORY');
      const bucket = { BUCKET_NAME: 'no-such-bucket', GCS_API_ENDPOINT: gcs.apiEndpoint };
      assert.match(await refusal(bucket), /^bucket no-such-bucket is not there: create it.*$/);
    } finally {
      await emulator.stop();
      await gcs.stop();
    }
  });
});
