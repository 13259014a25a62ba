// `npm run bench -- burst [--clips 100] [--json]`: a burst of clips on one worker's media slots, ffmpeg stubbed: how
// long the event loop is held up, how many decodes run at a time, and how soon a clip that comes meanwhile starts.
import { spawn } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { createMedia } from '../src/media/create-media.ts';
import { gameRecorderClips } from './thumbnail-clips.ts';

const { values } = parseArgs({
  options: {
    clips: { type: 'string', default: '100' },
    json: { type: 'boolean' },
    serve: { type: 'boolean' },
  },
});

/** The server stands in a process of its own: its work is not the worker's. */
async function serve(): Promise<void> {
  const { startRangeServer } = await import('./range-server.ts');
  const clips = await gameRecorderClips();
  const server = await startRangeServer(clips);
  process.stdout.write(`${JSON.stringify(clips.map((clip) => server.addressOf(clip)))}\n`);
}

async function burst(): Promise<void> {
  const clips = Number(values.clips);
  const slots = availableParallelism();
  const folder = await mkdtemp(join(tmpdir(), 'everclip-burst-'));
  const here = new URL(import.meta.url).pathname;
  const server = spawn(process.execPath, ['--import', 'tsx', here, '--serve'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [line] = await Promise.race([server.stdout.take(1).toArray() as Promise<Buffer[]>]);
    const urls = JSON.parse(String(line)) as string[];
    // It writes what ffmpeg would, and notes how many of its kind there are.
    const [stub, journal] = [join(folder, 'ffmpeg'), join(folder, 'journal')];
    const script = `#!/bin/sh
echo + >>"${journal}"
for last; do :; done
for arg; do case "$arg" in file:picture.*) printf RIFF >"\${arg#file:}";; esac; done
head -c 2304 /dev/urandom >"\${last#file:}"
sleep 0.1
echo - >>"${journal}"
`;
    await writeFile(stub, script);
    await chmod(stub, 0o755);
    const media = createMedia({
      ...{ mediaHosts: [new URL(urls[0] ?? '').origin], maxMediaBytes: 512 * 1024 * 1024 },
      ...{ thumbnailFormat: 'webp', ffmpegPath: stub, ffprobePath: stub },
      temporaryDirectory: join(folder, 'tmp'),
    });
    const options = { signal: new AbortController().signal, onProgress: (): void => undefined };
    const one = (n: number) => media.thumbnail(urls[n % urls.length] ?? '', options);
    await one(0);
    await writeFile(journal, '');

    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    const startedAt = performance.now();
    let next = 0;
    // As many at a time as the media queue's worker takes: maxConcurrentActivityTaskExecutions.
    const slot = async (): Promise<void> => {
      while (next < clips) await one(next++);
    };
    await Promise.all(Array.from({ length: slots }, slot));
    const seconds = (performance.now() - startedAt) / 1000;
    delay.disable();

    let [running, mostRunning] = [0, 0];
    for (const sign of (await readFile(journal, 'utf8')).split('\n')) {
      running += sign === '+' ? 1 : sign === '-' ? -1 : 0;
      mostRunning = Math.max(mostRunning, running);
    }
    // The histogram counts from the timer's resolution on.
    const ms = (nanoseconds: number): number => Math.round(nanoseconds / 1e4) / 100;
    const result = {
      ...{
        clips,
        slots,
        mostDecodesAtATime: mostRunning,
        seconds: Math.round(seconds * 100) / 100,
      },
      ...{
        delayMeanMs: ms(delay.mean),
        delayP99Ms: ms(delay.percentile(99)),
        delayMaxMs: ms(delay.max),
      },
    };
    if (!values.json) {
      console.log(
        `${clips} clips on ${slots} slots in ${result.seconds} s, ${mostRunning} decodes at most`,
      );
      console.log(
        `event loop: mean ${result.delayMeanMs} ms, p99 ${result.delayP99Ms} ms, max ${result.delayMaxMs} ms`,
      );
      const met = result.delayMaxMs <= 50 && mostRunning <= slots;
      console.log(met ? 'target met: at most 50 ms, as many decodes as cores' : 'MISSED: 50 ms');
    }
    console.log(JSON.stringify(result));
  } finally {
    server.kill();
    await rm(folder, { recursive: true });
  }
}

await (values.serve ? serve() : burst());
