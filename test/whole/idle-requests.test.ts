import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { after, before, test, type TestContext } from 'node:test';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { channelKey } from '../../src/clip/channel-record.ts';
import { parseConfig, type Config } from '../../src/config.ts';
import { startEmulator, type Emulator } from '../../src/emulator/emulator.ts';
import { startIngest } from '../../src/ingest/start-ingest.ts';
import { createLogger } from '../../src/log.ts';
import { noMetrics } from '../../src/metrics.ts';
import { createBucket } from '../../src/store/bucket.ts';
import type { WatchClock } from '../../src/workers/watch-public-channels.ts';
import { startWorker } from '../../src/workers/start-worker.ts';
import { sweepNowSignal } from '../../src/workflows/messages.ts';
import { startTemporal } from '../support/temporal.ts';
import { until } from '../support/wait.ts';

const CHANNELS = 100;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** By then, the look-ups of public channels that follow a start are over. */
const START_MS = 25 * MINUTE_MS;
/** The waits count the minutes that the test skips. */
const MAX_WAIT_MS = 10 * HOUR_MS;

const log = createLogger('silent', 'test');

let environment: TestWorkflowEnvironment;
before(async () => {
  environment = await startTemporal();
});
after(async () => {
  await environment.teardown();
});

/** Clocks of this process that run faster. Temporal's clock, and so the timers of the sweeps, do not change. */
function skipTime(t: TestContext) {
  const [realDate, realNow] = [Date.now.bind(Date), performance.now.bind(performance)];
  let skippedMs = 0;
  let untilMs = 0;
  t.mock.method(Date, 'now', () => realDate() + skippedMs);
  t.mock.method(performance, 'now', () => realNow() + skippedMs);
  const watchClock: WatchClock = {
    now: () => performance.now(),
    random: Math.random,
    async pause(ms, signal) {
      while (skippedMs >= untilMs && !signal.aborted) await pause(5);
      skippedMs += ms;
      await pause(2);
    },
  };
  return {
    watchClock,
    /** Lets `ms` pass while the watch of public channels runs. Calls `onMinute` for each minute that has passed. */
    async skip(ms: number, onMinute: (minute: number) => Promise<void> = () => Promise.resolve()) {
      const fromMs = skippedMs;
      for (let minute = 0; minute * MINUTE_MS < ms; minute++) {
        untilMs = fromMs + (minute + 1) * MINUTE_MS;
        await until('the next minute', () => skippedMs >= untilMs, MAX_WAIT_MS);
        await onMinute(minute);
      }
    },
  };
}

/** Waits until no request has been sent for half a second. */
async function untilQuiet({ stats }: Emulator): Promise<void> {
  for (let before = -1; stats.requests(/./) !== before;) {
    before = stats.requests(/./);
    await pause(500);
  }
}

function requestsByRoute({ stats }: Emulator): Record<string, number> {
  const routes = [...new Set(stats.log.map(({ route }) => route))].sort();
  return Object.fromEntries(routes.map((route) => [route, stats.requests(route)]));
}

const sumOf = (requests: Record<string, number>): number =>
  Object.values(requests).reduce((sum, count) => sum + count, 0);

/** A guild of public text channels that have a message each. The worker knows that the channels are public. */
async function fillGuild(emulator: Emulator, config: Config): Promise<string[]> {
  const guild = emulator.addGuild({ name: 'Clip club' });
  const authorId = emulator.addUser({ username: '_juno' }).id;
  const bucket = createBucket(config);
  const channelIds: string[] = [];
  for (let n = 0; n < CHANNELS; n++) {
    const { id } = emulator.addChannel({ guildId: guild.id, name: `clips ${n}` });
    emulator.postMessage({ channelId: id, authorId, content: 'gg', silent: true });
    const record = {
      Id: id,
      Name: `clips ${n}`,
      guildId: guild.id,
      Guild_Name: guild.name,
      Parent_Id: null,
      Parent_Name: null,
      Nsfw: false,
      Public: true,
    };
    await bucket.write(channelKey(id), JSON.stringify(record), {
      contentType: 'application/json',
      cacheControl: 'no-cache',
    });
    channelIds.push(id);
  }
  return channelIds;
}

test(
  '100 idle channels cost at most two requests each at a start, and one each in an hour, plus five for their server',
  { timeout: 180_000 },
  async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'everclip-idle-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const emulator = await startEmulator();
    t.after(() => emulator.stop());
    const config = parseConfig({
      TOKEN: emulator.token,
      DISCORD_API_URL: emulator.apiUrl,
      MEDIA_HOSTS: emulator.cdnOrigin,
      TEMPORAL_ADDRESS: environment.address,
      TASK_QUEUE: 'idle',
      DATA_DIR: folder,
      AUDIT_EVERY: 'never',
      WORKFLOW_BUNDLE: process.env.WORKFLOW_BUNDLE,
    });
    const channelIds = await fillGuild(emulator, config);
    const time = skipTime(t);
    const pages = () => emulator.stats.requests('GET /channels/:id/messages');
    const sweepOf = (channelId: string) =>
      environment.client.workflow.getHandle(`sweep-${channelId}`);

    async function start() {
      const worker = await startWorker(config, log, noMetrics, { watchClock: time.watchClock });
      const ingest = await startIngest(config, log, noMetrics);
      return async () => {
        ingest.stop();
        await ingest.stopped;
        worker.stop();
        await worker.stopped;
      };
    }

    // The first start creates the sweeps.
    const stop = await start();
    await until('the first round of each sweep', () => pages() === CHANNELS, MAX_WAIT_MS);
    await untilQuiet(emulator);
    await stop();

    emulator.stats.reset();
    const stopAgain = await start();
    await until(
      'the list of archived threads',
      () => emulator.stats.requests('GET /channels/:id/threads/archived/public') === CHANNELS,
      MAX_WAIT_MS,
    );
    await time.skip(START_MS);
    await untilQuiet(emulator);
    const atStart = requestsByRoute(emulator);

    emulator.stats.reset();
    // A signal without a message id does the same as the timer of the hourly round.
    await time.skip(HOUR_MS, async (minute) => {
      const due = channelIds.filter((_, n) => n % 60 === minute);
      for (const channelId of due) {
        // A busy server may refuse a signal. A second signal in the same round causes no second round.
        const signal = () => sweepOf(channelId).signal(sweepNowSignal);
        await until(
          'the signal',
          () =>
            signal().then(
              () => true,
              () => false,
            ),
          MAX_WAIT_MS,
        );
      }
    });
    await until('all channels are read', () => pages() >= CHANNELS, MAX_WAIT_MS);
    await untilQuiet(emulator);
    const inAnHour = requestsByRoute(emulator);
    await stopAgain();
    for (const id of channelIds) await sweepOf(id).terminate();

    t.diagnostic(`start: ${JSON.stringify(atStart)}`);
    t.diagnostic(`hour: ${JSON.stringify(inAnHour)}`);
    assert.ok(sumOf(atStart) <= 2 * CHANNELS, `at the start: ${JSON.stringify(atStart)}`);
    assert.ok(sumOf(inAnHour) <= CHANNELS + 5, `in an hour: ${JSON.stringify(inAnHour)}`);
    assert.equal(inAnHour['GET /channels/:id/messages'], CHANNELS, 'each sweep reads one page');
  },
);
