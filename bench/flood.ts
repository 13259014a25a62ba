import { existsSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { APIMessage } from 'discord-api-types/v10';
import { pino } from 'pino';
import { recordKey, thumbnailKey } from '../src/clip/clip.ts';
import { startEmulator } from '../src/emulator/emulator.ts';
import { installRuntime } from '../src/temporal/runtime.ts';
import { createTemporaryFolder, runBenchmark, say } from './support/benchmark.ts';
import { checkTarget } from './support/check-target.ts';
import { generateGameRecorderClips } from './support/game-recorder-clips.ts';
import { median, percentile, roundTo } from './support/numbers.ts';
import { startDevServer, type Server } from './support/server/dev-server.ts';
import { startParts } from './support/start-parts.ts';

/** Discord's maximum for the files of one message. */
const CLIPS_PER_MESSAGE = 10;
const FLOOD_MS = 16_000;
/** The other posters take turns. After each interval, the next poster posts one clip. */
const INTERVAL_MS = 1000;
const OTHER_POSTERS = 10;
const WARM_UP_CLIPS = 5;
const QUIET_CLIPS = 20;
/**
 * The number is so high that the other posters still post after the flood has ended. At that time, the worker is still
 * making the pictures of the flood.
 */
const FLOODED_CLIPS = 40;
const POLL_MS = 20;
/** A record or picture that takes longer than this counts as lost. */
const TIMEOUT_MS = 300_000;

const MAX_RECORD_DELAY_SECONDS = 3;
const MAX_PICTURE_DELAY_SECONDS = 10;

/** How long the other posters' clips waited, in seconds. */
interface Waits {
  record: number[];
  picture: number[];
}

/**
 * Measures how long a flood of one poster's clips delays the clips of other posters. Ten other posters post one clip a
 * second in turn, first alone, then during the flood. All parts of `npm start` run, with the emulator as Discord.
 *
 * `npm run bench -- flood [--clips 300] [--json]`
 */
await runBenchmark(async () => {
  const { values } = parseArgs({
    options: { clips: { type: 'string', default: '300' }, json: { type: 'boolean' } },
  });
  const clips = Number(values.clips);
  const [clipPath = ''] = await generateGameRecorderClips();
  const folder = createTemporaryFolder();
  installRuntime(pino({ level: 'fatal' }, process.stderr), null);
  const server = await startDevServer(folder, process.env.WORKFLOW_BUNDLE ?? '');
  const stage = await startStage(server, mkdtempSync(join(folder, 'data-')), clipPath);

  say('one clip a second, without a flood');
  await stage.postSteadily(WARM_UP_CLIPS);
  const quiet = await stage.postSteadily(QUIET_CLIPS);
  say(`a flood of ${clips} clips in ${FLOOD_MS / 1000} s`);
  const [flooded] = await Promise.all([stage.postSteadily(FLOODED_CLIPS), stage.flood(clips)]);

  const delay = (kind: keyof Waits) =>
    roundTo(2, percentile(flooded[kind], 0.95) - percentile(quiet[kind], 0.95));
  const result = {
    clips,
    otherClips: FLOODED_CLIPS,
    recordSeconds: { quiet: summarize(quiet.record), flooded: summarize(flooded.record) },
    pictureSeconds: { quiet: summarize(quiet.picture), flooded: summarize(flooded.picture) },
    recordDelaySeconds: delay('record'),
    pictureDelaySeconds: delay('picture'),
  };
  if (!values.json) {
    console.table({
      'record, no flood': result.recordSeconds.quiet,
      'record, flood': result.recordSeconds.flooded,
      'picture, no flood': result.pictureSeconds.quiet,
      'picture, flood': result.pictureSeconds.flooded,
    });
  }
  console.log(JSON.stringify(result));
  const { recordDelaySeconds, pictureDelaySeconds } = result;
  checkTarget('recordDelaySeconds', recordDelaySeconds, { max: MAX_RECORD_DELAY_SECONDS });
  checkTarget('pictureDelaySeconds', pictureDelaySeconds, { max: MAX_PICTURE_DELAY_SECONDS });
});

interface Stage {
  /** Posts the clips of the flood, spread evenly over FLOOD_MS. */
  flood(clips: number): Promise<void>;
  /** Posts one clip of the next other poster every INTERVAL_MS, and waits for the pictures. */
  postSteadily(clips: number): Promise<Waits>;
}

async function startStage(server: Server, dataDir: string, clipPath: string): Promise<Stage> {
  const emulator = await startEmulator();
  const guildId = emulator.addGuild({ name: 'Clip club' }).id;
  const channelId = emulator.addChannel({ guildId, name: 'clips' }).id;
  const flooderId = emulator.addUser({ username: 'sir_posts_a_lot' }).id;
  const otherIds = Array.from(
    { length: OTHER_POSTERS },
    (_, n) => emulator.addUser({ username: `_juno_${n}` }).id,
  );
  await startParts(emulator, server, dataDir);
  const bucket = join(dataDir, 'bucket');

  function post(authorId: string, clips: number): APIMessage {
    const file = { filename: 'clip.mp4', path: clipPath, contentType: 'video/mp4' };
    const files = Array.from({ length: clips }, () => file);
    return emulator.postMessage({ channelId, authorId, files });
  }

  return {
    async flood(clips) {
      const startMs = performance.now();
      const messages = Math.ceil(clips / CLIPS_PER_MESSAGE);
      for (let posted = 0, message = 1; posted < clips; message++) {
        const count = Math.min(CLIPS_PER_MESSAGE, clips - posted);
        post(flooderId, count);
        posted += count;
        await pause(Math.max(0, startMs + (message * FLOOD_MS) / messages - performance.now()));
      }
    },
    async postSteadily(clips) {
      const waits: Promise<[record: number, picture: number]>[] = [];
      for (let posted = 0; posted < clips; posted++) {
        const otherId = otherIds[posted % OTHER_POSTERS] ?? '';
        waits.push(measureWait(bucket, post(otherId, 1)));
        await pause(INTERVAL_MS);
      }
      const measured = await Promise.all(waits);
      return {
        record: measured.map(([record]) => record),
        picture: measured.map(([, picture]) => picture),
      };
    },
  };
}

/** Returns how many seconds the message's clip waits for its record and for its picture. */
async function measureWait(bucket: string, message: APIMessage): Promise<[number, number]> {
  const attachmentId = message.attachments[0]?.id ?? '';
  const clip = { channelId: message.channel_id, messageId: message.id, attachmentId };
  const startMs = performance.now();
  return await Promise.all([
    waitForFile(join(bucket, recordKey(clip)), startMs),
    waitForFile(join(bucket, thumbnailKey(clip, 'webp')), startMs),
  ]);
}

async function waitForFile(path: string, startMs: number): Promise<number> {
  while (!existsSync(path)) {
    if (performance.now() - startMs > TIMEOUT_MS) throw new Error(`timed out waiting for ${path}`);
    await pause(POLL_MS);
  }
  return (performance.now() - startMs) / 1000;
}

function summarize(seconds: readonly number[]): { median: number; p95: number; max: number } {
  return {
    median: roundTo(2, median(seconds)),
    p95: roundTo(2, percentile(seconds, 0.95)),
    max: roundTo(2, Math.max(...seconds)),
  };
}
