import type { Activities } from '../../../src/activities/create-activities.ts';
import type { HistoryPageInput } from '../../../src/activities/archive-history-page.ts';
import type { HistoryPageResult } from '../../../src/activities/history/page-progress.ts';
import { snowflakeAt } from '../../../src/clip/snowflake.ts';
import { invalidInput } from '../../../src/errors.ts';
import type { BackfillInput } from '../../../src/workflows/backfill-input.ts';
import { withWorkers } from '../temporal.ts';
import { pause } from '../wait.ts';
import { CHANNEL, CHANNEL_NAME } from './a-posted-clip.ts';
import { inTurn } from './answers.ts';
import type { Recorder } from './recorder.ts';

const EMPTY: HistoryPageResult = {
  ...{ messages: 0, clips: 0, started: 0, known: 0 },
  ...{ oldest: null, newest: null },
};
const PAGES_PER_RUN = 100;
/** The pages go back from this moment, one minute per page. */
const NEWEST_MS = Date.UTC(2023, 9, 1);

const pageBack = (minutes: number): HistoryPageResult => {
  const id = snowflakeAt(NEWEST_MS - minutes * 60_000);
  return { messages: 100, clips: 40, started: 39, known: 1, oldest: id, newest: id };
};

/** A call that reads `count` pages. The oldest is the page `minutes` back. */
const callBack = (minutes: number, count: number): HistoryPageResult => ({
  ...pageBack(minutes),
  messages: 100 * count,
  clips: 40 * count,
  started: 39 * count,
  known: count,
  pages: Array.from({ length: count }, () => ({ messages: 100, clips: 40 })),
});

/** Returns `count` pages, and then an empty page. */
const pages = (count: number) =>
  inTurn(...Array.from({ length: count }, (_, page) => pageBack(page + 1)), EMPTY);

export async function recordBackfills({ environment, isWanted, save }: Recorder): Promise<void> {
  async function backfill(
    name: string,
    page: () => HistoryPageResult,
    {
      input = {},
      check = () => ({ channelName: CHANNEL_NAME }),
      found = () => EMPTY,
    }: {
      input?: Partial<BackfillInput>;
      check?: () => { channelName: string };
      found?: () => HistoryPageResult;
    } = {},
  ): Promise<void> {
    if (!isWanted(name)) return;
    const activities: Partial<Activities> = {
      checkChannel: async () => check(),
      archiveHistoryPage: async () => page(),
      archiveSearchPage: async () => found(),
    };
    await withWorkers(environment, activities, async (taskQueue) => {
      const handle = await environment.client.workflow.start('backfill', {
        ...{ taskQueue, workflowId: name },
        args: [{ channelId: CHANNEL, ...input }],
      });
      await handle.result().catch(() => undefined);
      await save(name, handle);
    });
  }

  await backfill('backfill', pages(3));
  await backfill('backfill-continued', pages(PAGES_PER_RUN + 3));
  const lastCall: HistoryPageResult = { ...callBack(12, 2), isEnd: true };
  await backfill(
    'backfill-of-five-pages-a-call',
    inTurn(callBack(5, 5), callBack(10, 5), lastCall),
  );
  const bounds = {
    before: snowflakeAt(NEWEST_MS),
    after: snowflakeAt(NEWEST_MS - 3_600_000),
    maxMessages: 150,
  };
  await backfill('backfill-bounded', pages(3), { input: bounds });
  const refusal = invalidInput(`the bot may not read #${CHANNEL_NAME}`);
  await backfill('backfill-refused', pages(3), { check: inTurn(refusal) });
  await backfill('backfill-refused-midway', inTurn(pageBack(1), refusal));

  const rare = (pages: number) => {
    const rarePage = (page: number) => ({ ...pageBack(page + 1), clips: 1, started: 1, known: 0 });
    return inTurn(...Array.from({ length: pages }, (_, page) => rarePage(page)), EMPTY);
  };
  await backfill('backfill-searched', rare(7), { found: pages(2) });
  await backfill('backfill-searched-and-continued', rare(PAGES_PER_RUN + 3), { found: pages(1) });
  await backfill('backfill-search-refused', rare(7), { found: inTurn(refusal) });
}

export async function recordSweeps({ environment, isWanted, save }: Recorder): Promise<void> {
  const input = { channelName: CHANNEL_NAME, untilQuiet: false, channelId: CHANNEL };

  let asked = 0;
  if (isWanted('sweep'))
    await withWorkers(
      environment,
      {
        archiveHistoryPage: async () => {
          asked += 1;
          return asked % 4 === 0 ? EMPTY : pageBack(asked);
        },
      },
      async (taskQueue) => {
        const sweep = await environment.client.workflow.start('sweep', {
          ...{ taskQueue, workflowId: 'sweep-1' },
          args: [{ ...input, after: snowflakeAt(Date.now()) }],
        });
        await pause(2000);
        await sweep.signal('sweepNow');
        await pause(2000);
        await save('sweep', sweep);
      },
    );

  const thread = { ...input, untilQuiet: true, foundClip: false };
  const recent = () => snowflakeAt(Date.now() - 60_000);
  const pageWith = (clips: number): HistoryPageResult => {
    const id = recent();
    return { messages: 3, clips, started: clips, known: 0, oldest: id, newest: id };
  };
  if (isWanted('sweep-of-a-thread-without-a-clip')) {
    const page = inTurn(pageWith(0), pageWith(0), EMPTY);
    const archiveHistoryPage = async () => page();
    await withWorkers(environment, { archiveHistoryPage }, async (taskQueue) => {
      const sweep = await environment.client.workflow.start('sweep', {
        ...{ taskQueue, workflowId: 'sweep-3' },
        args: [{ ...thread, after: recent() }],
      });
      await sweep.result();
      await save('sweep-of-a-thread-without-a-clip', sweep);
    });
  }
  if (isWanted('sweep-of-a-thread-with-a-clip')) {
    const page = inTurn(pageWith(1), EMPTY, pageWith(0), EMPTY);
    const archiveHistoryPage = async () => page();
    await withWorkers(environment, { archiveHistoryPage }, async (taskQueue) => {
      const sweep = await environment.client.workflow.start('sweep', {
        ...{ taskQueue, workflowId: 'sweep-4' },
        args: [{ ...thread, after: recent() }],
      });
      await pause(2000);
      await sweep.signal('sweepNow');
      await pause(2000);
      await save('sweep-of-a-thread-with-a-clip', sweep);
    });
  }

  // The first signal names a message that the sweep has read.
  if (isWanted('sweep-of-a-read-channel'))
    await withWorkers(environment, { archiveHistoryPage: async () => EMPTY }, async (taskQueue) => {
      const after = recent();
      const sweep = await environment.client.workflow.start('sweep', {
        ...{ taskQueue, workflowId: 'sweep-5' },
        args: [{ ...input, after }],
      });
      await pause(2000);
      await sweep.signal('sweepNow', after);
      await pause(2000);
      await sweep.signal('sweepNow');
      await pause(2000);
      await save('sweep-of-a-read-channel', sweep);
    });

  // This sweep reads more pages than fit into one run.
  const ids = Array.from({ length: 55 }, (_, n) => snowflakeAt(Date.now() - (60 - n) * 60_000));
  const archiveHistoryPage = async ({ newer }: HistoryPageInput) => {
    const id = ids.find((each) => BigInt(each) > BigInt(newer!.after)) ?? null;
    const count = id === null ? 0 : 1;
    return { messages: count, clips: 0, started: 0, known: 0, oldest: id, newest: id };
  };
  if (isWanted('sweep-many-pages'))
    await withWorkers(environment, { archiveHistoryPage }, async (taskQueue) => {
      const sweep = await environment.client.workflow.start('sweep', {
        ...{ taskQueue, workflowId: 'sweep-2' },
        args: [{ ...input, after: snowflakeAt(Date.now() - 3_600_000) }],
      });
      await pause(20_000);
      await save('sweep-many-pages', sweep);
    });
}
