import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startEmulator } from '../../src/emulator/emulator.ts';
import { createGuild, findGuild, postHistory } from '../../src/local/demo/guild.ts';
import type { DemoClip } from '../../src/local/demo/make-media.ts';
import { SCENES } from '../../src/local/demo/scenes.ts';

const COUNT = 20;

test('if a demo stops before its clips are generated, the next start completes the history', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'everclip-demo-'));
  const path = join(folder, 'clip.mp4');
  await writeFile(path, 'a clip');
  const clips: DemoClip[] = SCENES.map(({ name, width, height, seconds }) => ({
    filename: `${name}.mp4`,
    ...{ path, width, height, seconds, placeholder: '' },
  }));
  const dataDir = join(folder, 'discord');
  const run = async (ready: DemoClip[], isAborted: boolean) => {
    const emulator = await startEmulator({ dataDir });
    const media = { clips: () => ready, avatars: [], finished: Promise.resolve() };
    const guild = findGuild(emulator) ?? createGuild(emulator, media);
    const signal = isAborted ? AbortSignal.abort() : new AbortController().signal;
    await postHistory(emulator, guild, media, { count: COUNT, signal });
    const messages = emulator.messages(guild.historyChannelId);
    await emulator.stop();
    return messages;
  };
  try {
    // Only the first scene was ready. The history repeats it once.
    assert.equal((await run(clips.slice(0, 1), true)).length, 2);
    const messages = await run(clips, false);
    assert.equal(messages.length, COUNT);
    assert.equal(new Set(messages.map(({ timestamp }) => timestamp)).size, COUNT);
    assert.equal(new Set(messages.map(({ author }) => author.id)).size > 1, true);
    assert.equal((await run(clips, false)).length, COUNT, 'a third start adds nothing');
  } finally {
    await rm(folder, { recursive: true });
  }
});
