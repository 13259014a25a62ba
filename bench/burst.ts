import { fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism, setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { pino } from 'pino';
import { parseConfig } from '../src/config.ts';
import { installRuntime } from '../src/temporal/runtime.ts';
import { startWorker } from '../src/workers/start-worker.ts';
import { type LoopDelay, watchLoopDelay } from './burst/loop-delay.ts';
import type { Seen, Stage } from './burst/posters.ts';
import { writeStubFfmpeg } from './burst/stub-ffmpeg.ts';
import { say } from './pipeline/say.ts';
import { startServer } from './pipeline/start-server.ts';
import { temporaryFolder } from './pipeline/temporary-folder.ts';
import { gameRecorderClips } from './thumbnails/game-recorder-clips.ts';

const LOWEST_PRIORITY = 19;

/**
 * A burst: 100 clips of a history come to one worker at once, with ffmpeg stubbed. For how long its
 * event loop is held up (beside that of a process that does nothing), how many decodes run at a
 * time, and how long clips that are posted live meanwhile wait for their record.
 *
 * `npm run bench -- burst [--clips 100] [--json]`
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { clips: { type: 'string', default: '100' }, json: { type: 'boolean' } },
  });
  const [clipPath = ''] = await gameRecorderClips();
  const folder = temporaryFolder();
  // What live clips still have there at the end goes with it.
  process.env.TMPDIR = folder;
  const stub = writeStubFfmpeg(folder);
  const log = pino({ level: 'warn' }, process.stderr);
  const metrics = installRuntime(log, null);
  const { config: server, pid: serverPid } = await startServer(
    folder,
    process.env.WORKFLOW_BUNDLE ?? '',
  );
  const address = `127.0.0.1:${server.temporalPort}`;

  const arguments_ = [folder, clipPath, values.clips, address];
  const posters = fork(pathOf('burst/posters.ts'), arguments_);
  const idle = fork(pathOf('burst/idle.ts'));
  // They stand for other machines: the worker shares its cores with them as little as possible.
  for (const pid of [posters.pid, serverPid]) if (pid) setPriority(pid, LOWEST_PRIORITY);
  process.on('exit', () => {
    posters.kill();
    idle.kill();
  });
  posters.on('exit', (code) => {
    say(`the process of the posters ended with ${code}`);
    process.exit(1);
  });
  const [stage] = (await once(posters, 'message')) as [Stage];
  const tools = { FFMPEG_PATH: stub.path, WORKFLOW_BUNDLE: process.env.WORKFLOW_BUNDLE };
  const config = parseConfig({ ...stage.env, ...tools });
  await startWorker(config, log, metrics);
  posters.send('listen');
  await once(posters, 'message');

  say(`a burst of ${values.clips} clips`);
  const client = new Client({ connection: await Connection.connect({ address }) });
  const before = stub.runs();
  idle.send('begin');
  const loopDelay = watchLoopDelay();
  const startMs = performance.now();
  posters.send('post');
  await client.workflow.start('backfill', {
    taskQueue: config.taskQueue,
    workflowId: 'backfill',
    args: [{ channelId: stage.historyChannelId }],
  });
  const [seen] = (await once(posters, 'message')) as [Seen];
  const loopDelayMs = loopDelay();
  idle.send('end');
  const [idleLoopDelayMs] = (await once(idle, 'message')) as [LoopDelay];

  const { count, mostAtATime } = stub.runs();
  const waits = seen.liveRecordMs.sort((a, b) => a - b);
  const result = {
    clips: Number(values.clips),
    seconds: Math.round((performance.now() - startMs) / 100) / 10,
    ...{ cores: availableParallelism(), decodes: count - before.count, mostDecodes: mostAtATime },
    ...{ loopDelayMs, idleLoopDelayMs },
    liveClips: waits.length,
    liveRecordMs: {
      median: Math.round(waits[waits.length >> 1] ?? NaN),
      p95: Math.round(waits[Math.ceil(waits.length * 0.95) - 1] ?? NaN),
      max: Math.round(waits.at(-1) ?? NaN),
    },
  };
  if (!values.json)
    console.table({
      'event loop': loopDelayMs,
      'idle one': idleLoopDelayMs,
      record: result.liveRecordMs,
    });
  console.log(JSON.stringify(result));
}

const pathOf = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

try {
  await main();
  process.exit(0);
} catch (error) {
  console.error(error);
  process.exit(1);
}
