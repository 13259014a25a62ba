import type { Activities } from '../../../src/activities/create-activities.ts';
import type { HistoryPageResult } from '../../../src/activities/history/page-progress.ts';
import { backfillWorkflowId } from '../../../src/clip/names.ts';
import type { ChannelKind, PlaceCursor } from '../../../src/clip/places/place.ts';
import { snowflakeAt } from '../../../src/clip/snowflake.ts';
import { accessLost } from '../../../src/errors.ts';
import { progressQuery } from '../../../src/workflows/messages.ts';
import { createGate } from '../gate.ts';
import { withWorkers } from '../temporal.ts';
import { until } from '../wait.ts';
import { CHANNEL, CHANNEL_NAME } from './a-posted-clip.ts';
import type { Recorder } from './recorder.ts';

const GUILD = '442294389964800640';
const EMPTY: HistoryPageResult = {
  messages: 0,
  clips: 0,
  started: 0,
  known: 0,
  oldest: null,
  newest: null,
};
/** The pages go back from this moment, one minute per page. */
const NEWEST_MS = Date.UTC(2023, 9, 1);
/** A child tells its progress after ten pages. */
const PAGES_OF_FIRST_PLACE = 12;
const PLACES_PER_RUN = 100;
const PLACES_PER_PAGE = 30;

/** Backfills of more than one channel, and one of their children. */
export async function recordPlaces({ environment, isWanted, save }: Recorder): Promise<void> {
  async function backfill(
    name: string,
    input: object,
    {
      count = 4,
      kind = 'threaded',
      isBusy = false,
      perPage = PLACES_PER_PAGE,
      overlap = 0,
    }: {
      count?: number;
      kind?: ChannelKind;
      isBusy?: boolean;
      perPage?: number;
      /** How many places of a page of the listing the next page repeats. */
      overlap?: number;
    } = {},
  ): Promise<void> {
    if (!isWanted(name)) return;
    const places = Array.from({ length: count }, (_, n) => ({
      channelId: n === 0 ? CHANNEL : snowflakeAt(NEWEST_MS + n * 1000),
      channelName: n === 0 ? CHANNEL_NAME : `place ${n}`,
    }));
    const pages = new Map<string, number>();
    /** If `isBusy` is true, another backfill reads the first place at first, and the others are held until it ends. */
    const [firstGate, gate] = [createGate(), createGate()];
    const activities: Partial<Activities> = {
      checkChannel: async ({ acceptContainer }) => ({
        channelName: CHANNEL_NAME,
        ...(acceptContainer && { kind }),
      }),
      listPlaces: async ({ cursor }) => {
        const at = Number(cursor?.before ?? '0');
        const end = at + perPage;
        const next = end < count ? ({ before: String(end) } as PlaceCursor) : null;
        const readable = places.slice(Math.max(0, at - overlap), end);
        return { readable, unreadable: 0, reasons: [], next };
      },
      archiveHistoryPage: async ({ channelId }) => {
        if (isBusy) await (channelId === CHANNEL ? firstGate : gate).opened;
        const page = (pages.get(channelId) ?? 0) + 1;
        pages.set(channelId, page);
        if (channelId === places[1]?.channelId) {
          throw accessLost({ route: `GET /channels/${channelId}/messages` });
        }
        if (page > (channelId === CHANNEL ? PAGES_OF_FIRST_PLACE : 1)) return EMPTY;
        const id = snowflakeAt(NEWEST_MS - page * 60_000);
        return { messages: 100, clips: 40, started: 39, known: 1, oldest: id, newest: id };
      },
    };
    await withWorkers(environment, activities, async (taskQueue) => {
      const { workflow } = environment.client;
      const start = (workflowId: string, arg: object) =>
        workflow.start('backfill', { taskQueue, workflowId, args: [arg] });
      const other = isBusy
        ? await start(backfillWorkflowId(CHANNEL), { channelId: CHANNEL, threads: false })
        : null;
      const handle = await start(name, input);
      if (other !== null) {
        await until('the backfill to meet the other one', async () => {
          const { places } = await handle.query(progressQuery);
          return places?.known === 1 ? true : null;
        });
        firstGate.open();
        await other.result();
        gate.open();
      }
      await handle.result().catch(() => undefined);
      await save(name, handle);
      if (isWanted(`${name}-child`) && name === 'backfill-of-places') {
        await save(`${name}-child`, workflow.getHandle(backfillWorkflowId(CHANNEL)));
      }
    });
  }

  await backfill('backfill-of-places', { guildId: GUILD, revive: true });
  await backfill('backfill-with-threads', { channelId: CHANNEL });
  await backfill('backfill-of-a-category', { channelId: CHANNEL }, { kind: 'category' });
  await backfill('backfill-of-busy-places', { guildId: GUILD }, { count: 2, isBusy: true });
  await backfill(
    'backfill-of-places-listed-twice',
    { guildId: GUILD },
    { perPage: 2, overlap: 1, count: 6 },
  );
  await backfill('backfill-of-places-continued', { all: true }, { count: PLACES_PER_RUN + 3 });
}
