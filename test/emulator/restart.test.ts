import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { startEmulator } from '../../src/emulator/emulator.ts';
import { login } from './client.ts';
import { callRest, someBytes, stage } from './support.ts';
import { TYPESCRIPT_FLAGS } from '../../scripts/typescript/flags.mjs';

function createFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'everclip-test-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('the port, links, messages, permissions and ids survive a restart of the emulator', async (t) => {
  const dataDir = createFolder(t);
  const before = await stage(t, { dataDir });
  const { channel, user } = before;
  const post = { channelId: channel.id, authorId: user.id };
  const files = [{ filename: 'a.mp4', bytes: someBytes(100) }];
  const kept = before.emulator.postMessage({ ...post, content: 'kept', files });
  const deleted = before.emulator.postMessage({ ...post, content: 'deleted', files });
  before.emulator.deleteMessage({ channelId: channel.id, messageId: deleted.id });
  before.emulator.editMessage({ channelId: channel.id, messageId: kept.id, content: 'edited' });
  const hidden = before.emulator.addChannel({ guildId: channel.guildId, name: 'hidden' });
  before.emulator.deny(hidden.id, 'VIEW_CHANNEL');
  await before.emulator.stop();
  appendFileSync(join(dataDir, 'world.jsonl'), '{"put":"message","value":{"id":"12');

  const after = await startEmulator({ dataDir });
  t.after(() => after.stop());
  assert.equal(after.apiUrl, before.emulator.apiUrl);
  assert.equal(after.botId, before.emulator.botId);
  assert.deepEqual(
    after.messages(channel.id).map(({ id, content }) => [id, content]),
    [[kept.id, 'edited']],
  );
  assert.equal((await fetch(kept.attachments[0]?.url ?? '')).status, 200);
  assert.equal((await callRest(after, `/channels/${hidden.id}`)).status, 403);
  const next = after.postMessage(post);
  assert.ok(BigInt(next.id) > BigInt(deleted.id));
  await after.stop();

  const third = await startEmulator({ dataDir });
  t.after(() => third.stop());
  assert.equal(third.messages(channel.id).length, 2);
});

test('if the emulator is killed with kill -9, every message whose id was returned is still there after a restart', async (t) => {
  const dataDir = createFolder(t);
  const script = `
    import { startEmulator } from ${JSON.stringify(new URL('../../src/emulator/emulator.ts', import.meta.url).href)};
    const emulator = await startEmulator({ dataDir: ${JSON.stringify(dataDir)} });
    const guild = emulator.addGuild({ name: 'g' });
    const channel = emulator.addChannel({ guildId: guild.id, name: 'c' });
    const user = emulator.addUser({ username: 'u' });
    for (;;) {
      const files = [{ filename: 'a.mp4', bytes: Buffer.from('clip') }];
      const { id } = emulator.postMessage({ channelId: channel.id, authorId: user.id, files });
      await new Promise((done) => process.stdout.write(id + '\\n', done));
    }`;
  const child = spawn(process.execPath, [...TYPESCRIPT_FLAGS, '--input-type=module', '-e', script]);
  let told = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    told += chunk;
    if (told.length > 20 * 200) child.kill('SIGKILL');
  });
  await once(child, 'close');

  const emulator = await startEmulator({ dataDir });
  t.after(() => emulator.stop());
  const [channel] = emulator.channels;
  const messages = emulator.messages(channel?.id ?? '');
  const stored = new Set(messages.map(({ id }) => id));
  const ids = told.split('\n').slice(0, -1);
  assert.ok(ids.length >= 200);
  assert.deepEqual(
    ids.filter((id) => !stored.has(id)),
    [],
  );
  assert.equal(await (await fetch(messages.at(-1)?.attachments[0]?.url ?? '')).text(), 'clip');
});

test('a client that reconnects to a restarted emulator gets a new session', async (t) => {
  const dataDir = createFolder(t);
  const { emulator } = await stage(t, { dataDir });
  const { client } = await login(t, emulator);
  const ready = once(client, 'shardReady');
  await emulator.stop();
  const again = await startEmulator({ dataDir });
  t.after(() => again.stop());
  await ready;
  assert.equal(again.stats.requests('GATEWAY IDENTIFY'), 1);
});

test('the emulator fails to start with EADDRINUSE if its port is in use', async (t) => {
  const { emulator } = await stage(t);
  await assert.rejects(startEmulator({ port: emulator.port }), { code: 'EADDRINUSE' });
});

test('when the last message with a file is deleted, the stored copy of the file is deleted, but not the original file', async (t) => {
  const dataDir = createFolder(t);
  const { emulator, channel, user } = await stage(t, { dataDir });
  const path = join(dataDir, 'clip.mp4');
  writeFileSync(path, someBytes(10));
  const files = [{ filename: 'a.mp4', path }];
  const { id } = emulator.postMessage({ channelId: channel.id, authorId: user.id, files });
  assert.equal(readdirSync(join(dataDir, 'files')).length, 1);
  emulator.deleteMessage({ channelId: channel.id, messageId: id });
  assert.equal(readdirSync(join(dataDir, 'files')).length, 0);
  assert.ok(existsSync(path));
});
