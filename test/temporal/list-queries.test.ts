import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { defineSearchAttributeKey, type SearchAttributePair } from '@temporalio/common';
import proto from '@temporalio/proto';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { findListQueries, withCurrentTimes } from '../../scripts/support/documented-queries.mjs';
import { clipWorkflowId } from '../../src/clip/names.ts';
import * as attributes from '../../src/clip/search-attributes.ts';
import type { ClipStatus } from '../../src/clip/state.ts';
import { runningClipsQuery } from '../../src/ingest/running-clips-query.ts';
import { listRunningSweeps } from '../../src/ingest/sweeps/end-sweeps.ts';
import { readStatus } from '../../src/status/read-status.ts';
import { formatScreen } from '../../src/status/screen.ts';
import { suspects } from '../../src/status/suspects.ts';
import * as queries from '../../src/temporal/clip-queries.ts';
import { listRepositoryFiles, readPages, readRepositoryFile } from '../docs/repository.ts';
import { startTemporal } from '../support/temporal.ts';
import { until } from '../support/wait.ts';

const POLL_MS = 60_000;
const HOUR_MS = 60 * 60 * 1000;
const nowMs = Date.now();
const TASK_QUEUE = 'clips';
const MESSAGE_IDS = ['1213063181631516641', '1213063181631516642'];
const ATTACHMENT_ID = '1213063179848942529';
const CHANNEL_ID = '1196521684992000058';

const { CommandType, TaskQueueKind } = proto.temporal.api.enums.v1;
const NORMAL_QUEUE = TaskQueueKind.TASK_QUEUE_KIND_NORMAL;
/** The commands with which a workflow ends. */
const ENDINGS = {
  completed: {
    commandType: CommandType.COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION,
    completeWorkflowExecutionCommandAttributes: {},
  },
  canceled: {
    commandType: CommandType.COMMAND_TYPE_CANCEL_WORKFLOW_EXECUTION,
    cancelWorkflowExecutionCommandAttributes: {},
  },
  failed: {
    commandType: CommandType.COMMAND_TYPE_FAIL_WORKFLOW_EXECUTION,
    failWorkflowExecutionCommandAttributes: { failure: { message: 'invalid input' } },
  },
} as const;

/** The queries that src builds from a time, a task queue or a workflow id. Keyed by the name of the function. */
const BUILT: Readonly<Record<string, () => string[]>> = {
  deadLinksQuery: () => [queries.deadLinksQuery(nowMs)],
  expiringQuery: () => [
    queries.expiringQuery(nowMs + HOUR_MS),
    queries.expiringQuery(nowMs + 2 * HOUR_MS, nowMs),
  ],
  validBeyondQuery: () => [queries.validBeyondQuery(nowMs)],
  // A clip counts as slow after some minutes.
  slowQuery: () => [queries.slowQuery(nowMs + HOUR_MS)],
  runsQuery: () => [queries.runsQuery(`backfill-${CHANNEL_ID}`)],
  onTaskQueue: () => [queries.onTaskQueue(queries.SWEEPS_QUERY, TASK_QUEUE)],
};

let temporal: TestWorkflowEnvironment;

/** Starts a workflow on a task queue without a worker. */
async function start(
  type: string,
  workflowId: string,
  searchAttributes: SearchAttributePair[] = [],
  taskQueue = TASK_QUEUE,
): Promise<void> {
  await temporal.client.workflow.start(type, {
    workflowId,
    taskQueue,
    args: [],
    typedSearchAttributes: searchAttributes,
  });
}

/** Starts a clip's workflow in a state. `expiresInMs` is null if its link has no expiry. */
async function startClip(
  workflowId: string,
  state: ClipStatus,
  expiresInMs: number | null,
  taskQueue = TASK_QUEUE,
): Promise<void> {
  const expiry = expiresInMs === null ? null : new Date(nowMs + expiresInMs);
  await start(
    'archiveClip',
    workflowId,
    [
      { key: attributes.clipTitle, value: 'COMET.mp4' },
      { key: attributes.clipState, value: state },
      { key: attributes.clipChannel, value: 'overtime' },
      { key: attributes.clipGuild, value: 'Strangers' },
      { key: attributes.clipPoster, value: '_juno' },
      ...(expiry === null ? [] : [{ key: attributes.linkExpiresAt, value: expiry }]),
    ],
    taskQueue,
  );
}

/** Ends the only workflow on a task queue, as a worker would do. */
async function end(taskQueue: string, ending: keyof typeof ENDINGS): Promise<void> {
  const { workflowService, options } = temporal.client;
  const { namespace } = options;
  // The server rejects a poll without a deadline.
  const { taskToken } = await temporal.client.withDeadline(Date.now() + POLL_MS, () =>
    workflowService.pollWorkflowTaskQueue({
      namespace,
      taskQueue: { name: taskQueue, kind: NORMAL_QUEUE },
    }),
  );
  await workflowService.respondWorkflowTaskCompleted({
    namespace,
    taskToken,
    commands: [ENDINGS[ending]],
  });
}

/** Fails if one of the queries is refused or finds nothing. Workflows appear in the list after a short delay. */
async function assertFindRows(wanted: readonly string[]): Promise<void> {
  assert.ok(wanted.length > 0);
  for (const query of new Set(wanted)) {
    await until(`rows for ${query}`, async () => {
      const { count } = await temporal.client.workflow.count(query);
      for await (const { workflowId } of temporal.client.workflow.list({ query, pageSize: 1 })) {
        return workflowId !== '' && count > 0;
      }
      return false;
    });
  }
}

describe('list queries', () => {
  before(async () => {
    temporal = await startTemporal({ attributes: 'of newer servers' });
    const [first = '', second = ''] = MESSAGE_IDS;
    const idOf = (messageId: string) => clipWorkflowId({ messageId, attachmentId: ATTACHMENT_ID });
    const problems = defineSearchAttributeKey('TemporalReportedProblems', 'KEYWORD_LIST');
    await Promise.all([
      startClip(idOf(first), 'live', -HOUR_MS),
      startClip(idOf(second), 'live', HOUR_MS),
      startClip('clip-archiving', 'archiving', null),
      startClip('clip-unreachable', 'unreachable', HOUR_MS),
      startClip('clip-deleted', 'deleted', HOUR_MS, 'completed'),
      startClip('clip-stopped', 'stopped', HOUR_MS, 'canceled'),
      start('backfill', `backfill-${CHANNEL_ID}`),
      start('backfill', 'backfill-failed', [], 'failed'),
      start('sweep', `sweep-${CHANNEL_ID}`),
      start('auditChannel', `audit-channel-${CHANNEL_ID}`),
      start('purgeChannel', 'purge-of-a-channel'),
      startClip('clip-erasing', 'deleted', -HOUR_MS),
      start('backfil', 'misspelt', [{ key: problems, value: ['category=WorkflowTaskFailed'] }]),
    ]);
    for (const ending of ['completed', 'canceled', 'failed'] as const) await end(ending, ending);
  });
  after(() => temporal.teardown());

  test('every list query in the documentation finds workflows', async () => {
    const documented: string[] = [];
    const strays: string[] = [];
    for (const { path, text } of await readPages()) {
      const found = findListQueries(text);
      documented.push(...found.queries);
      strays.push(...found.strays.map((line) => `${path}: ${line}`));
    }
    assert.deepEqual(
      strays,
      [],
      'write these queries in backticks, after --query or in an sql block',
    );
    assert.ok(documented.length >= 10, 'the queries of README are found');
    await assertFindRows(documented.map((query) => withCurrentTimes(query)));
  });

  test('every list query of the source code finds workflows', async () => {
    const constants = Object.values(queries).filter((each) => typeof each === 'string');
    const built = Object.values(BUILT).flatMap((build) => build());
    const ofStatus = suspects({ nowMs, marginMs: 8 * HOUR_MS, taskQueue: TASK_QUEUE });
    // The parts of the margin in which no link expires find nothing, and slow clips are covered above.
    const suspected = ofStatus
      .map(({ query }) => query)
      .filter((query) => !/LinkExpiresAt >=|StartTime </.test(query));
    const running = [runningClipsQuery(MESSAGE_IDS), runningClipsQuery(MESSAGE_IDS.slice(1))];
    await assertFindRows([...constants, ...built, ...suspected, ...running]);
    const { client } = temporal;
    assert.deepEqual(await listRunningSweeps(client, TASK_QUEUE), [CHANNEL_ID]);
    assert.deepEqual(await queries.countEndedRuns(client), { deleted: 1, stopped: 1 });
    assert.deepEqual(await queries.countClips(client), { archiving: 1, live: 2, unreachable: 1 });
  });

  test('every function that builds a list query is in this test, and src builds list queries in no other place', async () => {
    const functions = Object.entries(queries)
      .filter(([name, each]) => typeof each === 'function' && !name.startsWith('count'))
      .map(([name]) => name);
    assert.deepEqual(functions.sort(), Object.keys(BUILT).sort());
    const files = (await listRepositoryFiles()).filter((path) => /^src\/.*\.ts$/.test(path));
    const writers: string[] = [];
    for (const path of files) {
      const text = await readRepositoryFile(path);
      if (
        /\b(ExecutionStatus|WorkflowType|WorkflowId|ClipState|LinkExpiresAt)\b ?(=|!=|<|>|IS|IN|BETWEEN)(?!=) ?/.test(
          text,
        )
      ) {
        writers.push(path);
      }
    }
    assert.deepEqual(writers.sort(), [
      'src/ingest/running-clips-query.ts',
      'src/temporal/clip-queries.ts',
    ]);
  });

  test('every list query that npm run status prints finds workflows', async () => {
    const options = { marginMs: HOUR_MS, taskQueue: TASK_QUEUE };
    const screen = formatScreen(await readStatus(temporal.client, options));
    const { queries: printed, strays } = findListQueries(screen);
    assert.deepEqual(strays, []);
    assert.equal(printed.length, 2, screen);
    await assertFindRows(printed);
  });

  test('a dashboard with a list query has to be added to this test', async () => {
    const files = (await listRepositoryFiles()).filter((path) => path.startsWith('monitoring/'));
    for (const path of files) {
      const text = await readRepositoryFile(path);
      assert.deepEqual(findListQueries(text), { queries: [], strays: [] }, path);
    }
  });
});

describe('the search for list queries in a page', () => {
  test('queries in backticks, after --query and in sql blocks are found, and any other query is reported', () => {
    const page = [
      "| live | `ClipState = 'live'` | `LinkExpiresAt` |",
      '```sql',
      "(WorkflowType = 'sweep'",
      "  AND StartTime < '2026-11-22T20:00:00Z')",
      '```',
      `temporal workflow count --query "ClipPoster='_juno'"`,
      "Filter by ExecutionStatus = 'Failed' to see failures.",
      '`WORKERS=3` sets `ClipTitle`.',
    ].join('\n');
    assert.deepEqual(findListQueries(page), {
      queries: [
        "ClipPoster='_juno'",
        "(WorkflowType = 'sweep' AND StartTime < '2026-11-22T20:00:00Z')",
        "ClipState = 'live'",
      ],
      strays: ["Filter by ExecutionStatus = 'Failed' to see failures."],
    });
    assert.equal(
      withCurrentTimes("StartTime < '2026-11-22T20:00:00.000Z'", 0),
      "StartTime < '1970-01-03T00:00:00.000Z'",
    );
  });
});
