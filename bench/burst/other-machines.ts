import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { APIMessage } from 'discord-api-types/v10';
import { pino } from 'pino';
import { recordKey, thumbnailKey } from '../../src/clip/clip.ts';
import { parseConfig } from '../../src/config.ts';
import { startEmulator } from '../../src/emulator/emulator.ts';
import { startIngest } from '../../src/ingest/start-ingest.ts';
import { noMetrics } from '../../src/metrics.ts';

// This process runs everything that is not measured. It runs Discord and its CDN, the posters, ingest, and the polling
// of the bucket.

/** A command that the benchmark sends to this process. */
export type Order = 'warm up' | 'post';

/**
 * The message that this process sends once the emulator runs. It contains the settings of worker and ingest, and the
 * channel to backfill.
 */
export interface Ready {
  env: Record<string, string>;
  historyChannelId: string;
}

/** Sent at the end. */
export interface BurstResult {
  /** The time from each live message to its record, in milliseconds. */
  liveRecordMs: number[];
}

const WARM_UP_CLIPS = 10;
const LIVE_INTERVAL_MS = 250;
const POLL_MS = 10;
/** A record that takes longer than this counts as lost. */
const TIMEOUT_MS = 180_000;
/** Ingest misses messages while it starts. Each message that ingest receives has a record within this time. */
const HEARD_TIMEOUT_MS = 1000;

const [folder = '', clipPath = '', clips = '', temporalAddress = ''] = process.argv.slice(2);
const emulator = await startEmulator({ dataDir: join(folder, 'discord') });
const guildId = emulator.addGuild({ name: 'Everclip burst' }).id;
const authorId = emulator.addUser({ username: '_juno' }).id;
const historyChannelId = emulator.addChannel({ guildId, name: 'old-clips' }).id;
const liveChannelId = emulator.addChannel({ guildId, name: 'clips' }).id;
const env = {
  TOKEN: emulator.token,
  DISCORD_API_URL: emulator.apiUrl,
  MEDIA_HOSTS: emulator.cdnOrigin,
  CHANNEL_IDS: liveChannelId,
  TEMPORAL_ADDRESS: temporalAddress,
  DATA_DIR: folder,
};
// The gateway does not announce silent messages, so only the backfill finds the clips of the history.
const history = Array.from({ length: Number(clips) }, () => postClip(historyChannelId, true));

process.on('message', (order: Order) => {
  void (order === 'warm up' ? warmUp() : runBurst());
});
process.send?.({ env, historyChannelId } satisfies Ready);

/**
 * Starts ingest, and archives some clips to warm up. A worker runs for days, so its first seconds are not
 * typical.
 */
async function warmUp(): Promise<void> {
  await startIngest(parseConfig(env), pino({ level: 'silent' }), noMetrics);
  await untilIngestHears();
  const warmUpClips = Array.from({ length: WARM_UP_CLIPS }, () => postClip(liveChannelId, false));
  await Promise.all(warmUpClips.map(untilThumbnail));
  process.send?.('warm');
}

/** Posts live clips until all clips of the history have their thumbnails. */
async function runBurst(): Promise<void> {
  let isOver = false;
  const archived = Promise.all(history.map(untilThumbnail)).then(() => {
    isOver = true;
  });
  const liveRecordMs = await postUntil(() => isOver);
  await archived;
  process.send?.({ liveRecordMs } satisfies BurstResult);
}

function postClip(channelId: string, silent: boolean): APIMessage {
  return emulator.postMessage({
    channelId,
    authorId,
    silent,
    files: [{ filename: 'clip.mp4', path: clipPath, contentType: 'video/mp4' }],
  });
}

/** Posts one clip per second until ingest receives one of them. */
async function untilIngestHears(): Promise<void> {
  const isHeard = (): Promise<boolean> =>
    untilStored(postClip(liveChannelId, false), recordKey, HEARD_TIMEOUT_MS).then(
      () => true,
      () => false,
    );
  while (!(await isHeard()));
}

/**
 * Posts clips until `isOver` returns true. Returns how long each clip waited for its record, in milliseconds.
 */
async function postUntil(isOver: () => boolean): Promise<number[]> {
  const waits: Promise<number>[] = [];
  while (!isOver()) {
    waits.push(untilStored(postClip(liveChannelId, false), recordKey, TIMEOUT_MS));
    await pause(LIVE_INTERVAL_MS);
  }
  return await Promise.all(waits);
}

function untilThumbnail(message: APIMessage): Promise<number> {
  return untilStored(message, (clip) => thumbnailKey(clip, 'webp'), TIMEOUT_MS);
}

/**
 * Waits until the clip's object is in the bucket. Returns how long the wait took, in milliseconds.
 *
 * @throws Error after the timeout
 */
async function untilStored(
  message: APIMessage,
  keyOf: (clip: Parameters<typeof recordKey>[0]) => string,
  timeoutMs: number,
): Promise<number> {
  const startMs = performance.now();
  const attachmentId = message.attachments[0]?.id ?? '';
  const key = keyOf({ channelId: message.channel_id, messageId: message.id, attachmentId });
  while (!existsSync(join(folder, 'bucket', key))) {
    if (performance.now() - startMs > timeoutMs) throw new Error(`timed out waiting for ${key}`);
    await pause(POLL_MS);
  }
  return performance.now() - startMs;
}
