import { parseArgs } from 'node:util';
import { pino } from 'pino';
import type { Clip } from '../src/clip/clip.ts';
import { messageWorkflowIdPrefix } from '../src/clip/names.ts';
import { createClipWorkflows } from '../src/ingest/clip-workflows.ts';
import { noMetrics } from '../src/metrics.ts';
import {
  fillFakeGcs,
  fillFolderBucket,
  inBatches,
  type FilledBucket,
} from './deletions/buckets.ts';
import { inventClips, pickAdjacent, pickScattered } from './deletions/clips.ts';
import { connectCounting, fillVisibility } from './deletions/visibility.ts';
import { createTemporaryFolder, runBenchmark, say } from './support/benchmark.ts';
import { median, roundTo } from './support/numbers.ts';
import { startServer } from './support/server/start-server.ts';

/** How often a quick look-up is measured. */
const REPEATS = 10;
/** How often a look-up that takes seconds is measured. */
const SLOW_REPEATS = 3;

interface Row {
  what: string;
  /** The median time of one look-up, for a bulk deletion or for a single message. */
  medianMs: number;
  maxMs: number;
  /** The number of calls to the server or bucket. */
  calls: number;
}

/**
 * Measures how long it takes to find the running clips of a bulk deletion, in three ways. Ingest's way is one list
 * query for all messages. The other ways are one list query per message, and one look-up in the bucket per message.
 *
 * `npm run bench -- deletions [--clips 100000] [--gcs-records 2000] [--json]`. With `--port PORT --size-command
 * COMMAND`, the benchmark uses a server that is already running.
 */
await runBenchmark(async () => {
  const { values } = parseArgs({
    options: {
      clips: { type: 'string', default: '100000' },
      'gcs-records': { type: 'string', default: '2000' },
      json: { type: 'boolean' },
      port: { type: 'string' },
      'size-command': { type: 'string' },
    },
  });
  const folder = createTemporaryFolder();
  const clips = inventClips(Number(values.clips));
  // The buckets are measured first, so that a missing fake-gcs-server causes an error before the long part.
  say('filling the buckets');
  const stored = clips.slice(0, Number(values['gcs-records']));
  const gcs = await fillFakeGcs(stored);
  const gcsRow = await measureBucket('100 fake-gcs-server look-ups', gcs, stored);
  await gcs.stop();
  const folderBucket = fillFolderBucket(folder, clips);
  const folderRow = await measureBucket('100 folder look-ups', folderBucket, clips);
  const { config } = await startServer(folder, process.env.WORKFLOW_BUNDLE ?? '');
  const temporalRows = await measureTemporal(`127.0.0.1:${config.temporalPort}`, clips);
  const rows = [...temporalRows, folderRow, gcsRow];
  if (!values.json) console.table(rows);
  console.log(JSON.stringify({ clips: clips.length, gcsRecords: stored.length, rows }));
});

async function measureTemporal(address: string, clips: readonly Clip[]): Promise<Row[]> {
  const counting = await connectCounting(address);
  const { client } = counting;
  const workflows = createClipWorkflows(client, '', pino({ level: 'silent' }), noMetrics);
  await fillVisibility(client, clips);
  say('measuring the list queries');
  const measure = async (what: string, repeats: number, work: () => Promise<unknown>) => {
    counting.takeListCalls();
    const times = await timesOf(repeats, work);
    return rowOf(what, times, counting.takeListCalls() / repeats);
  };
  const lookUp = async (picked: readonly Clip[]) => {
    const find = workflows.createBulkLookUp(picked.map(({ messageId }) => messageId));
    await Promise.all(picked.map((clip) => checkFound(clip, find(clip.messageId))));
  };
  const list = async (query: string) => {
    const found: string[] = [];
    for await (const { workflowId } of client.workflow.list({ query })) found.push(workflowId);
    return found;
  };
  const startsWith = ({ messageId }: Clip) =>
    `WorkflowId STARTS_WITH '${messageWorkflowIdPrefix(messageId)}'`;
  const isRunning = "ExecutionStatus = 'Running'";
  return [
    await measure('1 query, adjacent messages', REPEATS, () => lookUp(pickAdjacent(clips))),
    await measure('1 query, scattered messages', REPEATS, () => lookUp(pickScattered(clips))),
    await measure('1 query with STARTS_WITH', SLOW_REPEATS, () =>
      list(`(${pickAdjacent(clips).map(startsWith).join(' OR ')}) AND ${isRunning}`),
    ),
    await measure('100 queries', SLOW_REPEATS, () =>
      inBatches(pickAdjacent(clips), (clip) => lookUp([clip])),
    ),
    await measure('100 queries with STARTS_WITH', 1, () =>
      inBatches(pickAdjacent(clips), (clip) => list(`${startsWith(clip)} AND ${isRunning}`)),
    ),
    await measure('1 query of one message', REPEATS, () =>
      lookUp(pickScattered(clips).slice(0, 1)),
    ),
  ];
}

async function measureBucket(
  what: string,
  bucket: FilledBucket,
  clips: readonly Clip[],
): Promise<Row> {
  const find = (clip: Clip) => checkFound(clip, bucket.findRecords(clip));
  const times = await timesOf(SLOW_REPEATS, () => inBatches(pickAdjacent(clips), find));
  return rowOf(what, times, pickAdjacent(clips).length);
}

/** @throws Error unless the look-up of a clip's message finds that clip and nothing else */
async function checkFound(clip: Clip, look: Promise<string[]>): Promise<void> {
  const found = await look;
  const isFound = found.length === 1 && found[0]?.includes(clip.messageId);
  if (!isFound) throw new Error(`found ${found.length} clips of message ${clip.messageId}, not 1`);
}

/** Returns how long each repeat took, in milliseconds. */
async function timesOf(repeats: number, work: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let repeat = 0; repeat < repeats; repeat++) {
    const startMs = performance.now();
    await work();
    times.push(performance.now() - startMs);
  }
  return times;
}

function rowOf(what: string, times: readonly number[], calls: number): Row {
  return {
    what,
    medianMs: roundTo(1, median(times)),
    maxMs: roundTo(1, Math.max(...times)),
    calls: roundTo(1, calls),
  };
}
