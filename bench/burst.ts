import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism, setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { pino } from 'pino';
import { parseConfig } from '../src/config.ts';
import { installRuntime } from '../src/temporal/runtime.ts';
import { startWorker } from '../src/workers/start-worker.ts';
import { watchLoopDelay, type LoopDelay } from './burst/loop-delay.ts';
import type { BurstResult, Order, Ready } from './burst/other-machines.ts';
import { writeStubFfmpeg } from './burst/stub-ffmpeg.ts';
import { createTemporaryFolder, runBenchmark, say } from './support/benchmark.ts';
import { checkTarget } from './support/check-target.ts';
import { generateGameRecorderClips } from './support/game-recorder-clips.ts';
import { median, percentile, roundTo } from './support/numbers.ts';
import { startServer } from './support/server/start-server.ts';

const LOWEST_PRIORITY = 19;

const MAX_LIVE_RECORD_MS = 3000;
const MAX_LOOP_DELAY_MS = 50;

/**
 * Measures a burst. A backfill gives one worker 100 clips at once, while other clips are posted live. A stub replaces
 * ffmpeg. Reports how long the worker's event loop is delayed, how many ffmpeg runs overlap, and how long the live
 * clips wait for their records. A second, idle process measures how much of the event loop's delay comes from the
 * machine itself.
 *
 * `npm run bench -- burst [--clips 100] [--json]`
 */
await runBenchmark(async () => {
  const { values } = parseArgs({
    options: { clips: { type: 'string', default: '100' }, json: { type: 'boolean' } },
  });
  const [clipPath = ''] = await generateGameRecorderClips();
  const folder = createTemporaryFolder();
  // At the end, ffmpeg may still be making thumbnails of live clips. So ffmpeg writes its temporary files into this
  // folder, which is removed when the benchmark exits.
  process.env.TMPDIR = folder;
  const stub = writeStubFfmpeg(folder);
  const log = pino({ level: 'warn' }, process.stderr);
  const metrics = installRuntime(log, null);
  const workflowBundle = process.env.WORKFLOW_BUNDLE ?? '';
  const server = await startServer(folder, workflowBundle);
  const address = `127.0.0.1:${server.config.temporalPort}`;

  const others = startProcess('./burst/other-machines.ts', [
    folder,
    clipPath,
    values.clips,
    address,
  ]);
  const idle = startProcess('./burst/idle-process.ts', []);
  // In production, Discord, ingest and the Temporal server run on other machines, so here they get the lowest priority.
  for (const pid of [others.pid, server.pid]) if (pid) setPriority(pid, LOWEST_PRIORITY);
  others.on('exit', (code) => {
    say(`the process that simulates the other machines exited with ${code}`);
    process.exit(1);
  });
  const ready = await receive<Ready>(others);
  const config = parseConfig({
    ...ready.env,
    FFMPEG_PATH: stub.path,
    WORKFLOW_BUNDLE: workflowBundle,
  });
  await startWorker(config, log, metrics);
  others.send('warm up' satisfies Order);
  await receive(others);

  say(`a burst of ${values.clips} clips`);
  const client = new Client({ connection: await Connection.connect({ address }) });
  const runsBefore = stub.readRuns();
  idle.send('begin');
  const readLoopDelay = watchLoopDelay();
  const startMs = performance.now();
  others.send('post' satisfies Order);
  await client.workflow.start('backfill', {
    taskQueue: config.taskQueue,
    workflowId: 'backfill',
    args: [{ channelId: ready.historyChannelId }],
  });
  const { liveRecordMs } = await receive<BurstResult>(others);
  const loopDelayMs = readLoopDelay();
  idle.send('end');
  const idleLoopDelayMs = await receive<LoopDelay>(idle);

  const runs = stub.readRuns();
  const result = {
    clips: Number(values.clips),
    seconds: roundTo(1, (performance.now() - startMs) / 1000),
    cores: availableParallelism(),
    decodes: runs.count - runsBefore.count,
    mostDecodes: runs.maxConcurrent,
    loopDelayMs,
    idleLoopDelayMs,
    liveClips: liveRecordMs.length,
    liveRecordMs: {
      median: Math.round(median(liveRecordMs)),
      p95: Math.round(percentile(liveRecordMs, 0.95)),
      max: Math.round(Math.max(...liveRecordMs)),
    },
  };
  if (!values.json) {
    console.table({
      'event loop': loopDelayMs,
      'event loop of the idle process': idleLoopDelayMs,
      'record of a live clip': result.liveRecordMs,
    });
  }
  console.log(JSON.stringify(result));
  checkTarget('liveRecordMs.p95', result.liveRecordMs.p95, { max: MAX_LIVE_RECORD_MS });
  checkTarget('mostDecodes', result.mostDecodes, { max: result.cores });
  checkTarget('loopDelayMs.max', loopDelayMs.max, { max: MAX_LOOP_DELAY_MS });
});

/** Runs a module of the benchmark in a child process, which is killed when this process exits. */
function startProcess(file: string, args: string[]): ChildProcess {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), args);
  process.on('exit', () => {
    child.kill();
  });
  return child;
}

async function receive<T>(child: ChildProcess): Promise<T> {
  const [message] = (await once(child, 'message')) as [T];
  return message;
}
