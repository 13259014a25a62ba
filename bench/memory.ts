import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { READY_LINE } from '../scripts/test/start-demo.mjs';
import { createTemporaryFolder, runBenchmark, say } from './support/benchmark.ts';
import { checkTarget } from './support/check-target.ts';
import { freePort } from './support/free-port.ts';
import { residentBytes } from './support/resident-bytes.ts';

const ROOT = join(import.meta.dirname, '..');
const POLL_MS = 1000;
/** How often progress is printed. */
const SAY_EVERY_POLLS = 30;
/**
 * Clips are refreshed as long as they exist. A run of a clip's workflow ends after 15 refreshes, one every 40 s. The
 * default is longer than such a run.
 */
const DEFAULT_MINUTES = 12;
const BYTES_PER_MB = 1_000_000;
const MAX_PEAK_MB = 400;

interface Memory {
  /** The process of `npm start`: worker, ingest and the demo Discord. */
  program: number;
  media: number;
  temporal: number;
}

/**
 * Measures the memory of `npm start` while it backfills the demo's history and then refreshes its clips. The links of
 * the demo are valid for 60 s, so a clip wakes about once every 40 s. Reads the memory from /proc, so it needs Linux.
 *
 * `npm run bench -- memory [--clips 1000] [--minutes 12] [--json]`
 */
await runBenchmark(async () => {
  const { values } = parseArgs({
    options: {
      clips: { type: 'string', default: '1000' },
      minutes: { type: 'string', default: String(DEFAULT_MINUTES) },
      json: { type: 'boolean' },
    },
  });
  const clips = Number(values.clips);
  const folder = createTemporaryFolder();
  const port = await freePort();
  const program = spawn('npm', ['start', '--silent'], {
    cwd: ROOT,
    detached: true,
    env: {
      ...process.env,
      DATA_DIR: folder,
      TEMPORAL_PORT: String(port),
      WEB_UI_PORT: String(await freePort()),
      LIBRARY_ADDRESS: `127.0.0.1:${await freePort()}`,
      DEMO_HISTORY_CLIPS: String(clips),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // The negative pid is the process group: npm, its shell and the program.
  const stop = (): void => {
    if (program.exitCode === null && program.pid !== undefined) process.kill(-program.pid);
  };
  process.on('exit', stop);
  try {
    const output = await waitUntilReady(program);
    const pid = await findProgram(program.pid ?? 0);
    const atStart = measure(pid);
    say(`ready with ${atStart.program} MB; backfilling ${clips} clips`);
    await startBackfill(port, /"channelId":"(\d+)"/.exec(output)?.[1] ?? '');
    const { peak, seconds } = await watch({ pid, folder, clips, minutes: Number(values.minutes) });
    const result = { clips, seconds, startMb: atStart.program, endMb: measure(pid).program };
    const report = {
      ...result,
      peakMb: peak.program,
      mediaMb: peak.media,
      temporalMb: peak.temporal,
    };
    if (!values.json) console.table([report]);
    console.log(JSON.stringify(report));
    checkTarget('peakMb', report.peakMb, { max: MAX_PEAK_MB });
  } finally {
    const exited = once(program, 'exit');
    stop();
    if (program.exitCode === null) await exited;
    process.off('exit', stop);
    await untilTemporalHasEnded(folder);
  }
});

async function waitUntilReady(program: ChildProcess): Promise<string> {
  let output = '';
  program.stdout?.on('data', (chunk) => {
    if (output.length < 100_000) output += String(chunk);
  });
  while (!output.includes(READY_LINE) || !output.includes('channelId')) {
    if (program.exitCode !== null) throw new Error('npm start ended before it was ready');
    await pause(POLL_MS);
  }
  return output;
}

/** Measures until all clips have a thumbnail and the minutes are over. */
async function watch(options: {
  pid: number;
  folder: string;
  clips: number;
  minutes: number;
}): Promise<{ peak: Memory; seconds: number }> {
  const { pid, folder, clips, minutes } = options;
  const startMs = Date.now();
  const peak: Memory = { program: 0, media: 0, temporal: 0 };
  for (let polls = 1; ; polls++) {
    const now = measure(pid);
    for (const name of ['program', 'media', 'temporal'] as const) {
      peak[name] = Math.max(peak[name], now[name]);
    }
    const thumbnails = countThumbnails(folder);
    const seconds = Math.round((Date.now() - startMs) / 1000);
    if (polls % SAY_EVERY_POLLS === 0)
      say(`${seconds} s: ${now.program} MB, ${thumbnails} thumbnails`);
    if (thumbnails >= clips && seconds >= minutes * 60) return { peak, seconds };
    await pause(POLL_MS);
  }
}

async function startBackfill(port: number, channelId: string): Promise<void> {
  const connection = await Connection.connect({ address: `127.0.0.1:${port}` });
  await new Client({ connection }).workflow.start('backfill', {
    taskQueue: 'clips',
    workflowId: `backfill-${channelId}`,
    args: [{ channelId }],
  });
  await connection.close();
}

/** Returns the pid of the Node process that npm has started. */
async function findProgram(npmPid: number): Promise<number> {
  for (;;) {
    const program = descendants(npmPid).find((pid) =>
      /^\S*node .*scripts\/start\.mjs/.test(commandOf(pid)),
    );
    if (program !== undefined) return program;
    await pause(POLL_MS);
  }
}

/** Returns the resident memory of the program and its children, in MB. */
function measure(pid: number): Memory {
  const ofChildren = (words: string): number =>
    Math.max(
      0,
      ...descendants(pid)
        .filter((child) => commandOf(child).includes(words))
        .map(residentMb),
    );
  return {
    program: residentMb(pid),
    media: ofChildren('media/process/main'),
    temporal: ofChildren('start-dev'),
  };
}

function descendants(pid: number): number[] {
  const children = read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
  return children.flatMap((child) => [child, ...descendants(child)]);
}

function commandOf(pid: number): string {
  return read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');
}

function residentMb(pid: number): number {
  return Math.round(residentBytes(pid) / BYTES_PER_MB);
}

/** Returns a file's text, or an empty text if the process to which the file belongs has ended. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function countThumbnails(folder: string): number {
  try {
    return readdirSync(join(folder, 'bucket', 'thumb'), { recursive: true }).filter((name) =>
      String(name).endsWith('.webp'),
    ).length;
  } catch {
    return 0;
  }
}

/**
 * Waits until the Temporal server has ended. The server writes to the folder, so the folder cannot be removed earlier.
 */
async function untilTemporalHasEnded(folder: string): Promise<void> {
  const { pid } = JSON.parse(read(join(folder, 'temporal.json')) || '{}') as { pid?: number };
  while (pid !== undefined && commandOf(pid).includes('start-dev')) await pause(POLL_MS);
}
