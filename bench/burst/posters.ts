import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { APIMessage } from 'discord-api-types/v10';
import { pino } from 'pino';
import { recordKey, thumbnailKey } from '../../src/clip/clip.ts';
import { parseConfig } from '../../src/config.ts';
import { startEmulator } from '../../src/emulator/emulator.ts';
import { noMetrics } from '../../src/metrics.ts';
import { startIngest } from '../../src/ingest/start-ingest.ts';

// The process of all that isn't measured: Discord with its CDN, those who post, ingest, and a watch on the bucket.

/** Settings of worker and ingest, and the channel to backfill. */
export interface Stage {
  env: Record<string, string>;
  historyChannelId: string;
}

/** Milliseconds from each live message to its record. */
export interface Seen {
  liveRecordMs: number[];
}

const WARMING_CLIPS = 10;
const LIVE_EVERY_MS = 250;
const LOOK_EVERY_MS = 10;
/** Beyond it a record counts as lost. */
const LONGEST_MS = 180_000;

const [folder = '', clipPath = '', clips = '', temporalAddress = ''] = process.argv.slice(2);
const emulator = await startEmulator({ dataDir: join(folder, 'discord') });
const guildId = emulator.addGuild({ name: 'Everclip burst' }).id;
const authorId = emulator.addUser({ username: '_juno' }).id;
const [history, live] = ['old-clips', 'clips'].map(
  (name) => emulator.addChannel({ guildId, name }).id,
) as [string, string];
const env = {
  ...{ TOKEN: emulator.token, DISCORD_API_URL: emulator.apiUrl, MEDIA_HOSTS: emulator.cdnOrigin },
  ...{ CHANNEL_IDS: live, TEMPORAL_ADDRESS: temporalAddress, DATA_DIR: folder },
};

const post = (channelId: string, silent: boolean): APIMessage =>
  emulator.postMessage({
    ...{ channelId, authorId, silent },
    files: [{ filename: 'clip.mp4', path: clipPath, contentType: 'video/mp4' }],
  });

/**
 * Waits until the clip's object is in the bucket, and returns for how long, in milliseconds.
 * @throws Error where it isn't there after `longestMs`
 */
async function untilStored(
  message: APIMessage,
  keyOf: (clip: Parameters<typeof recordKey>[0]) => string,
  longestMs: number,
): Promise<number> {
  const startMs = performance.now();
  const attachmentId = message.attachments[0]?.id ?? '';
  const key = keyOf({ channelId: message.channel_id, messageId: message.id, attachmentId });
  while (!existsSync(join(folder, 'bucket', key))) {
    if (performance.now() - startMs > longestMs) throw new Error(`${key} is not written`);
    await pause(LOOK_EVERY_MS);
  }
  return performance.now() - startMs;
}

const untilPictured = (message: APIMessage): Promise<number> =>
  untilStored(message, (clip) => thumbnailKey(clip, 'webp'), LONGEST_MS);

/** Messages of before ingest listens are missed; one a second is posted until one is heard. */
async function untilHeard(): Promise<void> {
  const isHeard = (): Promise<boolean> =>
    untilStored(post(live, false), recordKey, 1000).then(
      () => true,
      () => false,
    );
  while (!(await isHeard()));
}

/** Posts clips while the burst lasts; returns how long each waited for its record. */
async function liveUntil(isOver: () => boolean): Promise<number[]> {
  const waits: Promise<number>[] = [];
  while (!isOver()) {
    waits.push(untilStored(post(live, false), recordKey, LONGEST_MS));
    await pause(LIVE_EVERY_MS);
  }
  return Promise.all(waits);
}

const old = Array.from({ length: Number(clips) }, () => post(history, true));

process.on('message', (order: 'listen' | 'post') => {
  void (async () => {
    if (order === 'listen') {
      await startIngest(parseConfig(env), pino({ level: 'silent' }), noMetrics);
      await untilHeard();
      // Modules are loaded and compiled once; a worker lives for days.
      await Promise.all(
        Array.from({ length: WARMING_CLIPS }, () => untilPictured(post(live, false))),
      );
      process.send?.('listening');
      return;
    }
    let isOver = false;
    const archived = Promise.all(old.map(untilPictured)).then(() => (isOver = true));
    const liveRecordMs = await liveUntil(() => isOver);
    await archived;
    process.send?.({ liveRecordMs } satisfies Seen);
  })();
});
process.send?.({ env, historyChannelId: history } satisfies Stage);
