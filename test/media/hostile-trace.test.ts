import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { sharedFiles } from './support/corpus.ts';
import { clip, ffmpegBytes, framesElsewhere, webm } from './support/make-clip.ts';
import { type MediaHarness, startMediaHarness } from './support/media-harness.ts';

const STRACE = ['-qq', '-f', '-e', 'trace=open,openat,connect'];
let harness: MediaHarness;
let mp4: Buffer;

function canTrace(): boolean {
  try {
    execFileSync('strace', [...STRACE, '-o', '/dev/null', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Makes thumbnails of files, two at a time. Returns what ffmpeg and ffprobe opened or connected to. */
async function openedBy(name: string, files: Uint8Array[]): Promise<Set<string>> {
  const traces = join(harness.folder, '..', name);
  await mkdir(traces);
  const traced = (tool: string): Promise<string> =>
    harness.script(
      `${name}-${tool}`,
      `exec strace ${STRACE.join(' ')} -o "${traces}/$$" ${tool} "$@"`,
    );
  const tools = { ffmpegPath: await traced('ffmpeg'), ffprobePath: await traced('ffprobe') };
  let n = 0;
  const queue = files.values();
  const work = async (): Promise<void> => {
    for (const bytes of queue) {
      const url = harness.cdn.put(`/${name}/${n++}`, bytes);
      await harness.thumbnail(url, tools).catch(() => undefined);
    }
  };
  await Promise.all([work(), work()]);
  const calls = new Set<string>();
  for (const file of await readdir(traces)) {
    const text = await readFile(join(traces, file), 'utf8');
    for (const [call] of text.matchAll(/(?<=open\(|openat\(\w+, )"[^"]*"|connect\(.*/g))
      calls.add(call.replace(/\/proc\/\d+/, '/proc/self'));
  }
  return calls;
}

describe('system calls', { skip: !canTrace() && 'strace does not run here' }, () => {
  before(async () => {
    harness = await startMediaHarness();
    mp4 = await clip();
  });
  after(() => harness.stop());

  test('for hostile files, ffmpeg opens only the files and hosts that ffmpeg also opens for ordinary clips', async () => {
    const source = ['-f', 'lavfi', '-i', 'testsrc2=s=64x64:r=5:d=1'];
    const old = await ffmpegBytes('x.mp4', ...source, '-c:v', 'mpeg4');
    const ordinary = await openedBy('ordinary', [mp4, await webm(), old]);
    assert.ok(ordinary.has('"frame.mp4"') && ordinary.has('"clip"'), 'nothing was traced');
    const secret = join(harness.folder, '..', 'secret.mp4');
    await writeFile(secret, mp4);
    const targets = [`file://${secret}`, secret, harness.canary.put('/secret.mp4', mp4)];
    const playlists = targets.map((target) => Buffer.from(`#EXTM3U\n#EXTINF:10,\n${target}\n`));
    const references = targets.map((target) => framesElsewhere(mp4, target));
    const corpus = sharedFiles('hostile').map(({ bytes }) => bytes());
    const hostile = await openedBy('hostile', [...playlists, ...references, ...corpus]);
    assert.deepEqual(
      [...hostile].filter((call) => !ordinary.has(call)),
      [],
    );
    await harness.assertNothingLeft();
  });
});
