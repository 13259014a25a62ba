import assert from 'node:assert/strict';
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test, type TestContext } from 'node:test';
import { Client, Connection } from '@temporalio/client';
import type { ClipRecord } from '../../src/clip/record.ts';
import { startEmulator } from '../../src/emulator/emulator.ts';
import { isAlive } from '../../src/process-identity.ts';
import { stage } from '../emulator/support.ts';
import { createDataDir as createPreparedDataDir } from '../support/catalog-process.ts';
import { startFakeGcs } from '../support/fake-gcs.ts';
import { findOpenEntries } from '../support/open-entries.ts';
import { freePort } from '../support/free-port.ts';
import { startProgram, type Program } from '../support/program.ts';
import { until } from '../support/wait.ts';

/** How long npm start may take until it logs in. */
const LOGIN_TIMEOUT_MS = 150_000;

const programs: Program[] = [];
const folders: string[] = [];

/** Runs the same program as `npm start` after the set-up, but with a separate data folder and separate ports. */
async function startEverclip(env: Record<string, string>): Promise<Program> {
  const dataDir = env.DATA_DIR ?? (await createDataDir());
  const program = startProgram('src/local/main.ts', {
    DATA_DIR: dataDir,
    TEMPORAL_PORT: String(await freePort()),
    WEB_UI_PORT: String(await freePort()),
    LIBRARY_ADDRESS: `127.0.0.1:${await freePort()}`,
    ...env,
  });
  programs.push(program);
  return program;
}

/** Creates a data folder that already has the catalog's database, which saves time. */
async function createDataDir(): Promise<string> {
  const folder = await createPreparedDataDir();
  folders.push(folder);
  return folder;
}

async function createEmptyDataDir(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'everclip-start-'));
  folders.push(folder);
  return folder;
}

/** Reads all records of the local bucket. */
async function readRecords(dataDir: string): Promise<ClipRecord[]> {
  const root = join(dataDir, 'bucket', 'messages');
  const files = await readdir(root, { recursive: true }).catch(() => []);
  return await Promise.all(
    files
      .filter((file) => file.endsWith('.json'))
      .map(async (file) => JSON.parse(await readFile(join(root, file), 'utf8')) as ClipRecord),
  );
}

/** Reads the file that names the dev server's process. */
async function readServerFile(dataDir: string): Promise<{ pid: number; identity: string }> {
  const file = await readFile(join(dataDir, 'temporal.json'), 'utf8');
  return JSON.parse(file) as { pid: number; identity: string };
}

describe('npm start', { concurrency: 2 }, () => {
  after(async () => {
    for (const { child } of programs) child.kill('SIGKILL');
    for (const folder of folders) {
      const left = await readServerFile(folder).catch(() => null);
      if (left && isAlive(left.identity)) process.kill(left.pid, 'SIGKILL');
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    }
  });

  test('if npm start is killed, the next npm start reuses the running Temporal server and refreshes the demo clips', async () => {
    const dataDir = await createEmptyDataDir();
    const ports = {
      TEMPORAL_PORT: String(await freePort()),
      WEB_UI_PORT: String(await freePort()),
      LIBRARY_ADDRESS: `127.0.0.1:${await freePort()}`,
    };
    const library = `http://${ports.LIBRARY_ADDRESS}`;
    const first = await startEverclip({ DATA_DIR: dataDir, ...ports });
    await first.prints(/Everclip is running/);
    assert.match(first.output(), /a demo on this machine/);
    assert.match(first.output(), new RegExp(`http://127.0.0.1:${ports.WEB_UI_PORT}`));
    assert.match(first.output(), /workflow start .*--type backfill/);
    assert.match(first.output(), new RegExp(`Everclip is running.\n  Library   ${library}\n`));
    const before = await until('a record with its thumbnail', async () =>
      (await readRecords(dataDir)).find(({ Thumbnail }) => Thumbnail),
    );
    await until('the library lists the clip', async () =>
      (await (await fetch(library)).text()).includes(`/c/${before.Id}`),
    );
    const permalink = await fetch(`${library}/c/${before.Id}.mp4`, { redirect: 'manual' });
    assert.equal(permalink.status, 302);
    const video = await fetch(permalink.headers.get('location') ?? '', { method: 'HEAD' });
    assert.equal(video.headers.get('content-type'), 'video/mp4');
    const { pid, identity } = await readServerFile(dataDir);
    await first.kill('SIGKILL');
    assert.ok(isAlive(identity), 'the dev server survives a kill of the process that started it');

    await chmod(dataDir, 0o755);
    const again = await startEverclip({ DATA_DIR: dataDir, ...ports });
    await again.prints(/Everclip is running/);
    assert.match(
      again.output(),
      /other users of this machine can read the data folder .*: run chmod/,
    );
    assert.equal((await readServerFile(dataDir)).pid, pid, 'the second start uses the same server');
    const refreshed = await until(
      'the same clip with a fresh link',
      async () => {
        const now = (await readRecords(dataDir)).find(({ Id }) => Id === before.Id);
        return now && now.Expire_Timestamp! > before.Expire_Timestamp! ? now : null;
      },
      90_000,
    );
    assert.equal(refreshed.Thumbnail, before.Thumbnail);
    const link = await fetch(refreshed.Attachment_URL, { method: 'HEAD' });
    assert.equal(link.status, 200, 'the demo Discord has kept its messages and its port');

    const second = await startEverclip({ DATA_DIR: dataDir, ...ports });
    assert.equal(await second.exit(), 1);
    assert.match(second.output(), /already running in .*: stop it, or set DATA_DIR/);

    // PGlite chooses the modes of its files.
    const open = findOpenEntries(dataDir, ['catalog']);
    assert.deepEqual(open, [], 'only this user can read the data folder');

    assert.equal(await again.kill('SIGINT'), 0);
    assert.ok(!isAlive(identity), 'the server stops too');
  });

  test('if the Temporal server dies, npm start restarts the server, or stops with an error if the restart fails', async () => {
    const dataDir = await createDataDir();
    const program = await startEverclip({ DATA_DIR: dataDir });
    await program.prints(/Everclip is running/);
    await until('a record', async () => (await readRecords(dataDir)).length > 0);
    const { pid } = await readServerFile(dataDir);
    process.kill(pid, 'SIGKILL');
    await program.prints(/the Temporal dev server is running again/);
    assert.notEqual((await readServerFile(dataDir)).pid, pid);
    const before = (await readRecords(dataDir)).length;
    await until('a new record', async () => (await readRecords(dataDir)).length > before, 90_000);

    await writeFile(join(dataDir, 'temporal.version'), '1.20.0\n');
    process.kill((await readServerFile(dataDir)).pid, 'SIGKILL');
    assert.equal(await program.exit(), 1);
    assert.match(
      program.output(),
      /the Temporal dev server ended unexpectedly and cannot be restarted: .* was created by Temporal server 1\.20\.0/,
    );
  });

  for (const route of ['GET /users/@me', 'GET /gateway/bot']) {
    test(`if the Temporal server is lost while ${route} fails, npm start stops waiting for Discord and says why`, async () => {
      const emulator = await startEmulator();
      try {
        emulator.faults.add({ route, status: 503 });
        const dataDir = await createDataDir();
        const program = await startEverclip({
          DATA_DIR: dataDir,
          TOKEN: emulator.token,
          DISCORD_API_URL: emulator.apiUrl,
        });
        await program.prints(/waiting for Discord at/);
        await writeFile(join(dataDir, 'temporal.version'), '1.20.0\n');
        process.kill((await readServerFile(dataDir)).pid, 'SIGKILL');
        assert.equal(await program.exit(), 1);
        assert.match(program.output(), /ended unexpectedly and cannot be restarted: /);
      } finally {
        await emulator.stop();
      }
    });
  }

  describe('if the gateway accepts the connection but never starts a session', () => {
    /** Starts npm start, and waits until its login waits for the gateway. */
    async function startLogin(t: TestContext) {
      const { emulator } = await stage(t, { quirks: { identifyUnanswered: true } });
      const dataDir = await createDataDir();
      const program = await startEverclip({
        DATA_DIR: dataDir,
        TOKEN: emulator.token,
        DISCORD_API_URL: emulator.apiUrl,
      });
      await until(
        'the login',
        () => emulator.stats.requests('GATEWAY IDENTIFY') > 0,
        LOGIN_TIMEOUT_MS,
      );
      return { program, dataDir };
    }

    test('and the Temporal server is lost, npm start stops and says why', async (t) => {
      const { program, dataDir } = await startLogin(t);
      await writeFile(join(dataDir, 'temporal.version'), '1.20.0\n');
      process.kill((await readServerFile(dataDir)).pid, 'SIGKILL');
      assert.equal(await program.exit(), 1);
      assert.match(program.output(), /ended unexpectedly and cannot be restarted: /);
    });

    test('npm start stops at the first signal, and so does its Temporal server', async (t) => {
      const { program, dataDir } = await startLogin(t);
      const { identity } = await readServerFile(dataDir);
      assert.equal(await program.kill('SIGTERM'), 0);
      assert.ok(!isAlive(identity));
    });
  });

  test('if a signal arrives while npm start waits for Discord, npm start finishes an activity that takes 13 s', async (t) => {
    const { emulator, channel, user } = await stage(t);
    emulator.postMessage({
      channelId: channel.id,
      authorId: user.id,
      files: [{ filename: 'COMET.mp4', bytes: new Uint8Array([1]), contentType: 'video/mp4' }],
    });
    const history = 'GET /channels/:id/messages';
    emulator.faults.add({ route: 'GET /gateway/bot', status: 503 });
    emulator.faults.add({ route: history, times: 1, stallMs: 13_000 });
    const port = String(await freePort());
    const program = await startEverclip({
      TOKEN: emulator.token,
      DISCORD_API_URL: emulator.apiUrl,
      MEDIA_HOSTS: emulator.cdnOrigin,
      TEMPORAL_PORT: port,
    });
    await program.prints(/waiting for Discord at/);
    const connection = await Connection.connect({ address: `127.0.0.1:${port}` });
    await new Client({ connection }).workflow.start('backfill', {
      taskQueue: 'clips',
      workflowId: 'backfill',
      args: [{ channelId: channel.id }],
    });
    await connection.close();
    await until('the request for the page', () => emulator.stats.requests(history) > 0);
    assert.equal(await program.kill('SIGTERM'), 0);
    assert.match(program.output(), /found in the history: .*COMET/);
  });

  test('if another program uses the port of the Web UI, npm start stops and names the port', async () => {
    const port = await freePort();
    const otherProgram = createServer().listen(port, '127.0.0.1');
    await once(otherProgram, 'listening');
    try {
      const program = await startEverclip({ WEB_UI_PORT: String(port) });
      assert.equal(await program.exit(), 1);
      assert.match(
        program.output(),
        new RegExp(
          `port ${String(port)} is used by another program: stop that program, or set WEB_UI_PORT`,
        ),
      );
    } finally {
      otherProgram.close();
    }
  });

  test('if another program uses the address of the library, npm start stops and names the setting', async () => {
    const port = await freePort();
    const otherProgram = createServer().listen(port, '127.0.0.1');
    await once(otherProgram, 'listening');
    try {
      const program = await startEverclip({ LIBRARY_ADDRESS: `127.0.0.1:${port}` });
      assert.equal(await program.exit(), 1);
      assert.match(
        program.output(),
        new RegExp(`LIBRARY_ADDRESS=127.0.0.1:${port} is in use by another program`),
      );
    } finally {
      otherProgram.close();
    }
  });

  test('if a different Temporal version created the database, npm start stops and says what to do', async () => {
    const dataDir = await createDataDir();
    await writeFile(join(dataDir, 'temporal.version'), '1.20.0\n');
    await writeFile(join(dataDir, 'temporal.db'), '');
    const program = await startEverclip({ DATA_DIR: dataDir });
    assert.equal(await program.exit(), 1);
    assert.match(
      program.output(),
      /created by Temporal server 1\.20\.0, but .* contains server \d+\.\d+\.\d+: set TEMPORAL_CLI to a CLI with server 1\.20\.0, or set DATA_DIR to a new folder/,
    );
  });

  test('npm start reports all invalid settings at once', async () => {
    const program = await startEverclip({ REFRESH_MARGIN: 'soon', CHANNEL_IDS: 'general' });
    assert.equal(await program.exit(), 1);
    assert.match(
      program.output(),
      /REFRESH_MARGIN=soon: not a duration: write a duration such as 6h/,
    );
    assert.match(program.output(), /CHANNEL_IDS=general: "general" is not a channel id/);
  });

  test('if the token is invalid or an intent, permission or bucket is missing, npm start says what to fix', async () => {
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
        const program = await startEverclip({ ...env, ...change });
        assert.equal(await program.exit(), 1);
        // The lines before the last one are the log.
        return program.output().trim().split('\n').at(-1) ?? '';
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
        /^CHANNEL_IDS: the bot cannot read #secret: grant it Read Message History there$/,
      );
      emulator.allow(channel.id, 'READ_MESSAGE_HISTORY');
      const bucket = { BUCKET_NAME: 'no-such-bucket', GCS_API_ENDPOINT: gcs.apiEndpoint };
      assert.match(await refusal(bucket), /^bucket no-such-bucket not found: create it.*$/);
    } finally {
      await emulator.stop();
      await gcs.stop();
    }
  });
});
