import { parseArgs } from 'node:util';
import { createGet } from '../src/discord/rest-client.ts';
import { createRestPort } from '../src/discord/rest-port.ts';
import { startEmulator } from '../src/emulator/emulator.ts';
import { createTemporaryFolder, runBenchmark, say } from './support/benchmark.ts';
import { checkTarget } from './support/check-target.ts';
import { roundTo } from './support/numbers.ts';
import { startRig, type Rig } from './support/rig/rig.ts';
import { bundleWorkflows } from './support/workflows/bundle-workflows.ts';
import { installRuntime, Sleepers } from './support/workflows/sleepers.ts';

const MESSAGES_PER_CLIP = 500;
const MINUTE_MS = 60_000;
/** The time of each answer of Discord. */
const ANSWER_MS = 150;
/**
 * Discord's limits. The limit of the history is as observed in https://github.com/discord/discord-api-docs/issues/8161.
 * The limit of the search is not documented. It is assumed to be a fifth of the history's limit, for the whole server.
 */
const HISTORY_LIMIT = { requests: 5, perSeconds: 1 };
const SEARCH_LIMIT = { requests: 1, perSeconds: 1 };
const GLOBAL_LIMIT = 50;
/** The default of DISCORD_REQUESTS_PER_SECOND. */
const REQUESTS_PER_SECOND = 40;
const HISTORY = 'GET /channels/:id/messages';
const SEARCH = 'GET /guilds/:id/messages/search';
const NO_SEARCH = {
  route: SEARCH,
  status: 404,
  body: { message: 'Unknown Guild', code: 10004 },
};
/** The share of the clips that is waited for. */
const SHARE = 0.9;
/** The shortcut pays if it finds this share in at most a third of the time. */
const MAX_RATIO = 1 / 3;

interface Figures {
  /** Until the share of the clips was started. */
  seconds: number;
  historyRequests: number;
  searchRequests: number;
}

/**
 * Measures how soon a backfill starts 90 % of the clips of a channel in which clips are rare, with and without Discord's
 * search. The emulator is Discord. The workers, activities and workflows are real; bucket and media are fakes.
 *
 * `npm run bench -- search [--messages 100000] [--json]`
 */
await runBenchmark(async () => {
  const { values } = parseArgs({
    options: { messages: { type: 'string', default: '100000' }, json: { type: 'boolean' } },
  });
  const messages = Number(values.messages);
  const clips = Math.floor(messages / MESSAGES_PER_CLIP);
  const folder = createTemporaryFolder();
  installRuntime(new Sleepers());
  const stage = await startStage(folder, messages);
  say(`backfilling ${messages} messages with ${clips} clips, with the search`);
  const withSearch = await stage.measure('with search', clips);
  say('backfilling as many messages while the server has no search');
  const withoutSearch = await stage.measure('without search', clips);
  const ratio = roundTo(3, withSearch.seconds / withoutSearch.seconds);
  if (!values.json) console.table({ 'with search': withSearch, 'without search': withoutSearch });
  console.log(JSON.stringify({ messages, clips, withSearch, withoutSearch, ratio }));
  checkTarget('ratio', ratio, { max: MAX_RATIO });
});

/** A way to backfill. Each way has a channel of its own, because a second backfill of a channel finds only known clips. */
type Way = 'with search' | 'without search';

interface Stage {
  /** Backfills the channel until SHARE of its clips are started. */
  measure(way: Way, clips: number): Promise<Figures>;
}

async function startStage(folder: string, messages: number): Promise<Stage> {
  const emulator = await startEmulator();
  const guildId = emulator.addGuild({ name: 'Clip club' }).id;
  const authorId = emulator.addUser({ username: '_juno' }).id;
  emulator.limits.set(HISTORY, HISTORY_LIMIT);
  emulator.limits.set(SEARCH, SEARCH_LIMIT);
  emulator.limits.setGlobal(GLOBAL_LIMIT);
  const client = {
    token: emulator.token,
    apiUrl: emulator.apiUrl,
    requestsPerSecond: REQUESTS_PER_SECOND,
  };
  const started = new Map<string, number>();
  // Posting blocks this process for a while, so the histories are posted before the workers start.
  const channels = { 'with search': addHistory(), 'without search': addHistory() };
  const rig = await startRig(folder, await bundleWorkflows(folder), {
    port: createRestPort(client, createGet(client)),
    onStart: ({ channelId }) => started.set(channelId, (started.get(channelId) ?? 0) + 1),
  });

  function addHistory(): string {
    const channelId = emulator.addChannel({ guildId, name: 'general' }).id;
    const file = { filename: 'clip.mp4', bytes: Buffer.from('clip'), contentType: 'video/mp4' };
    const startMs = Date.now() - messages * MINUTE_MS;
    for (let index = 0; index < messages; index++) {
      const hasClip = index % MESSAGES_PER_CLIP === MESSAGES_PER_CLIP / 2;
      emulator.postMessage({
        channelId,
        authorId,
        content: `message ${index}`,
        timestamp: new Date(startMs + index * MINUTE_MS),
        silent: true,
        ...(hasClip && { files: [file] }),
      });
    }
    return channelId;
  }

  return {
    async measure(way, clips) {
      const channelId = channels[way];
      emulator.faults.clear();
      if (way === 'without search') emulator.faults.add(NO_SEARCH);
      emulator.faults.add({ route: 'rest', stallMs: ANSWER_MS });
      const countRequests = () => ({
        historyRequests: emulator.stats.requests(HISTORY),
        searchRequests: emulator.stats.requests(SEARCH),
      });
      const before = countRequests();
      const startMs = performance.now();
      const enough = () => (started.get(channelId) ?? 0) >= clips * SHARE;
      await backfillUntil(rig, channelId, enough);
      const seconds = roundTo(1, (performance.now() - startMs) / 1000);
      const after = countRequests();
      return {
        seconds,
        historyRequests: after.historyRequests - before.historyRequests,
        searchRequests: after.searchRequests - before.searchRequests,
      };
    },
  };
}

/** Runs a backfill of the channel until `isEnough` returns true, and terminates the backfill. */
async function backfillUntil(rig: Rig, channelId: string, isEnough: () => boolean): Promise<void> {
  const handle = await rig.client.workflow.start('backfill', {
    taskQueue: rig.server.config.taskQueue,
    workflowId: `backfill-${channelId}`,
    args: [{ channelId }],
  });
  const ended = handle.result();
  ended.catch(() => undefined);
  await Promise.race([rig.failed, ended, untilTrue(isEnough)]);
  if (!isEnough()) throw new Error('the backfill ended without the clips');
  await handle.terminate();
}

async function untilTrue(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 20));
}
