import { existsSync, mkdtempSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { pino } from 'pino';
import { recordKey } from '../src/clip/clip.ts';
import { startEmulator, type Emulator } from '../src/emulator/emulator.ts';
import { installRuntime } from '../src/temporal/runtime.ts';
import type { BackfillProgress } from '../src/workflows/messages.ts';
import { measureLanes, type LaneTimes } from './backfill/lanes.ts';
import { computeLeast, GLOBAL_PER_SECOND, PLACES_AT_A_TIME } from './backfill/least.ts';
import { writeHistory, type History } from './backfill/write-history.ts';
import { createTemporaryFolder, runBenchmark, say } from './support/benchmark.ts';
import { checkTarget } from './support/check-target.ts';
import { cpuSecondsPerItem, readCpuSeconds } from './support/cpu.ts';
import { generateGameRecorderClips } from './support/game-recorder-clips.ts';
import { median, percentile, roundTo } from './support/numbers.ts';
import { startDevServer } from './support/server/dev-server.ts';
import { startParts } from './support/start-parts.ts';

/** How long each answer of Discord takes. */
const ANSWER_MS = 150;
/** The bucket of each channel's history. It doesn't slow down a backfill that waits for each page. */
const PAGES_PER_SECOND = 10;
/** The time between two live clips. */
const LIVE_INTERVAL_MS = 1000;
const LIVE_POSTERS = 10;
const WARM_UP_CLIPS = 3;
/** After this time without a request, the start is over. */
const IDLE_MS = 3000;
const POLL_MS = 20;
/** A live clip whose record takes longer than this counts as lost. */
const TIMEOUT_MS = 120_000;

const MAX_TIMES_LEAST = 1.3;
const MAX_RECORD_SECONDS = 3;

/**
 * Measures a backfill of a whole guild: 100,000 messages with 2,000 clips in 20 channels and 50 archived threads. Each
 * answer of the emulated Discord takes 150 ms, and Discord's limits hold. Meanwhile, a live clip is posted every second.
 * Reports the time and the requests beside the least that is possible, and how long the live clips wait for their
 * records. A worker and ingest run in this process, on a dev server. Without `--pictures`, no thumbnails are made, as if
 * another machine made them.
 *
 * `npm run bench -- backfill [--messages 100000] [--clips 2000] [--pictures] [--json]`
 */
await runBenchmark(async () => {
  const { values } = parseArgs({
    options: {
      messages: { type: 'string', default: '100000' },
      clips: { type: 'string', default: '2000' },
      pictures: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  const [clipPath = ''] = await generateGameRecorderClips();
  const folder = createTemporaryFolder();
  installRuntime(pino({ level: 'fatal' }, process.stderr), null);
  const emulator = await startEmulator();
  say('writing the history');
  const history = writeHistory(emulator, {
    messages: Number(values.messages),
    clips: Number(values.clips),
    clipPath,
  });
  const server = await startDevServer(folder, process.env.WORKFLOW_BUNDLE ?? '');
  const dataDir = mkdtempSync(join(folder, 'data-'));
  emulator.limits.setGlobal(GLOBAL_PER_SECOND);
  emulator.limits.set('GET /channels/:id/messages', { requests: PAGES_PER_SECOND, perSeconds: 1 });
  emulator.faults.add({ route: 'rest', stallMs: ANSWER_MS });
  const queues = values.pictures ? 'main,media,discord' : 'main,discord';
  await startParts(emulator, server, dataDir, { WORKER_QUEUES: queues });
  const { connection, client } = await connect(server.config.temporalPort);
  const live = createLivePosts(emulator, history, { bucket: join(dataDir, 'bucket'), clipPath });

  say('a few live clips, without a backfill');
  await live.post(WARM_UP_CLIPS);
  await live.waits();
  await untilIdle(emulator);
  say(`a backfill of ${history.messages} messages in ${history.places} channels and threads`);
  emulator.stats.reset();
  const [load = NaN] = loadavg();
  const cpuBefore = readCpuSeconds(server.pid);
  const fromMs = Date.now();
  const startMs = performance.now();
  const backfill = await client.workflow.start('backfill', {
    taskQueue: server.config.taskQueue,
    workflowId: `backfill-${history.guildId}`,
    args: [{ guildId: history.guildId }],
  });
  const ended = new AbortController();
  const posting = live.postUntil(ended.signal);
  const progress = (await backfill.result()) as BackfillProgress;
  const seconds = (performance.now() - startMs) / 1000;
  const cpu = cpuSecondsPerItem(cpuBefore, readCpuSeconds(server.pid), 1);
  const requests = countRequests(emulator);
  const lanes = measureLanes(emulator.stats.log, {
    fromMs,
    toMs: Date.now(),
    answerMs: ANSWER_MS,
    lanes: PLACES_AT_A_TIME,
  });
  ended.abort();
  await posting;
  const waits = await live.waits();
  await connection.close();

  const least = computeLeast(history, ANSWER_MS);
  const result = {
    messages: progress.messages,
    clips: progress.clips,
    started: progress.started,
    places: progress.places?.done,
    seconds: roundTo(1, seconds),
    requests: requests.all,
    rateLimited: requests.rateLimited,
    requestsByRoute: requests.byRoute,
    least: {
      requests: least.requests,
      secondsByLimits: roundTo(1, least.secondsByLimits),
      secondsWithThree: roundTo(1, least.secondsWithThree),
    },
    // What each of the three lanes did on average.
    laneSeconds: averageLanes(lanes),
    cpuSeconds: {
      temporal: roundTo(1, cpu.serverCpuSeconds),
      workerIngestAndEmulator: roundTo(1, cpu.workerCpuSeconds),
    },
    timesLeastWithThree: roundTo(2, seconds / least.secondsWithThree),
    timesLeastByLimits: roundTo(2, seconds / least.secondsByLimits),
    timesLeastRequests: roundTo(2, requests.all / least.requests),
    // Above the number of cores, the machine was busy with something else.
    loadBefore: roundTo(1, load),
    liveClips: waits.length,
    recordSeconds: {
      median: roundTo(2, median(waits)),
      p95: roundTo(2, percentile(waits, 0.95)),
      max: roundTo(2, Math.max(...waits)),
    },
  };
  if (!values.json) {
    console.table(requests.byRoute);
    console.table({
      backfill: { seconds: result.seconds, requests: result.requests },
      'least, three at a time': {
        seconds: result.least.secondsWithThree,
        requests: least.requests,
      },
      'least of the limits alone': {
        seconds: result.least.secondsByLimits,
        requests: least.requests,
      },
    });
    console.table({ 'seconds of a lane': result.laneSeconds });
    console.table({ 'seconds of CPU': result.cpuSeconds });
    console.table({ 'record of a live clip': result.recordSeconds });
  }
  console.log(JSON.stringify(result));
  // A backfill also reads the live clips that are posted before it reaches their channel.
  checkTarget('messages', progress.messages, { min: history.messages });
  checkTarget('clips', progress.clips, { min: history.clips });
  checkTarget('timesLeastWithThree', result.timesLeastWithThree, { max: MAX_TIMES_LEAST });
  checkTarget('timesLeastRequests', result.timesLeastRequests, { max: MAX_TIMES_LEAST });
  checkTarget('recordSeconds.p95', result.recordSeconds.p95, { max: MAX_RECORD_SECONDS });
});

async function connect(port: number): Promise<{ connection: Connection; client: Client }> {
  const connection = await Connection.connect({ address: `127.0.0.1:${port}` });
  return { connection, client: new Client({ connection }) };
}

/** Waits until the sweeps that follow a start have sent their requests. */
async function untilIdle({ stats }: Emulator): Promise<void> {
  for (let before = -1; stats.requests(/./) !== before;) {
    before = stats.requests(/./);
    await pause(IDLE_MS);
  }
}

function countRequests({ stats }: Emulator) {
  const rest = stats.log.filter(({ route }) => !/^(CDN|GATEWAY) /.test(route));
  const routes = [...new Set(rest.map(({ route }) => route))].sort();
  return {
    all: rest.length,
    rateLimited: rest.filter(({ status }) => status === 429).length,
    byRoute: Object.fromEntries(routes.map((route) => [route, stats.requests(route)])),
  };
}

/** Returns the seconds of one lane, rounded. */
function averageLanes(lanes: LaneTimes): LaneTimes {
  const average = ([name, seconds]: [string, number]) => [
    name,
    roundTo(1, seconds / PLACES_AT_A_TIME),
  ];
  return Object.fromEntries(Object.entries(lanes).map(average)) as LaneTimes;
}

/** Posts clips in the channels of the history in turn, and measures how long each waits for its record. */
function createLivePosts(
  emulator: Emulator,
  { channelIds }: History,
  { bucket, clipPath }: { bucket: string; clipPath: string },
) {
  const authorIds = Array.from(
    { length: LIVE_POSTERS },
    (_, n) => emulator.addUser({ username: `_live_${n}` }).id,
  );
  const file = { filename: 'live.mp4', path: clipPath, contentType: 'video/mp4' };
  let posted = 0;
  let measured: Promise<number>[] = [];

  async function postOne(): Promise<void> {
    const channelId = channelIds[posted % channelIds.length] ?? '';
    const authorId = authorIds[posted % authorIds.length] ?? '';
    posted += 1;
    const message = emulator.postMessage({ channelId, authorId, files: [file] });
    const attachmentId = message.attachments[0]?.id ?? '';
    const key = recordKey({ channelId, messageId: message.id, attachmentId });
    measured.push(measureWait(join(bucket, key)));
    await pause(LIVE_INTERVAL_MS);
  }

  return {
    async post(count: number): Promise<void> {
      for (let n = 0; n < count; n++) await postOne();
    },
    /** Posts until `signal` is aborted. */
    async postUntil(signal: AbortSignal): Promise<void> {
      while (!signal.aborted) await postOne();
    },
    /** Returns how many seconds each clip that was posted since the last call waited for its record. */
    async waits(): Promise<number[]> {
      const waits = await Promise.all(measured);
      measured = [];
      return waits;
    },
  };
}

async function measureWait(path: string): Promise<number> {
  const startMs = performance.now();
  while (!existsSync(path)) {
    if (performance.now() - startMs > TIMEOUT_MS) throw new Error(`timed out waiting for ${path}`);
    await pause(POLL_MS);
  }
  return (performance.now() - startMs) / 1000;
}
