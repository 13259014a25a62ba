import { setTimeout as sleep } from 'node:timers/promises';
import type { SaveChannel } from '../activities/channel-saver.ts';
import type { BackgroundLog, BucketPort } from '../activities/ports.ts';
import { BoundedMap } from '../bounded-map.ts';
import { channelKey, parseChannelRecord } from '../clip/channel-record.ts';
import { messageOf } from '../errors.ts';
import { createLogLimit } from '../log-limit.ts';
import type { Running } from '../run-until-signal.ts';

/** How often the channels are listed, and how often each of them is passed to the saver, in milliseconds. */
const ROUND_MS = 5 * 60 * 1000;

/** A round passes the channels to the saver in at most this many steps, with equal pauses between them. */
const MAX_STEPS = 60;

/**
 * The first look-ups of each guild's channels begin at a random time within this period, in milliseconds, so that workers
 * that start together don't ask together. The period is short, because a channel that became private just before the
 * start waits for that look-up. The channels of a guild are looked up within one round, because they share their
 * requests.
 */
const FIRST_LOOK_UPS_MS = 15 * 60 * 1000;

/**
 * A channel that stops to be public is watched for this long, in milliseconds, which has room for one more look-up. The
 * worker that wrote so may have been killed before it told the catalog.
 */
const WATCHED_AFTER_MS = 70 * 60 * 1000;

/** How many channels are watched. An entry takes about 200 bytes. */
const MAX_CHANNELS = 10_000;

interface KnownChannel {
  id: string;
  /** The version of the object that was read. */
  version: string;
  isPublic: boolean;
  /** Until when a channel that is no longer public is watched, by the clock of the watch. */
  untilMs: number;
  /** When the first look-up may come, by the clock of the watch. */
  fromMs: number;
  /** From 0 up to 1. A round passes channels with smaller numbers first, so each worker has an order of its own. */
  order: number;
}

/** Time and chance, which tests replace. */
export interface WatchClock {
  /** Milliseconds of a clock that never jumps. */
  now(): number;
  /** Resolves after `ms` milliseconds, or as soon as the signal is aborted. */
  pause(ms: number, signal: AbortSignal): Promise<void>;
  /** From 0 up to 1. */
  random(): number;
}

const REAL_CLOCK: WatchClock = {
  now: () => performance.now(),
  pause: (ms, signal) => sleep(ms, undefined, { signal, ref: false }).catch(() => undefined),
  random: Math.random,
};

/**
 * Passes each channel that counts as public to the saver, which looks the channel up once an hour. Without this, a
 * channel whose clips are quiet would be looked up only when the link of a clip is refreshed, nearly a day later, and a
 * channel that became private would stay public until then. A channel that stops to be public is looked up once more.
 * `stopped` never rejects.
 */
export function watchPublicChannels(
  { bucket, log }: { bucket: Pick<BucketPort, 'list' | 'read'>; log: BackgroundLog },
  saveChannel: SaveChannel,
  clock: WatchClock = REAL_CLOCK,
  { maxChannels = MAX_CHANNELS } = {},
): Running {
  const stopping = new AbortController();
  const { signal } = stopping;
  const limit = createLogLimit();
  const known = new Map<string, KnownChannel>();
  /** When the first look-ups of each guild begin, by the clock of the watch. */
  const fromMsOfGuild = new BoundedMap<string, number>(maxChannels);

  async function run(): Promise<void> {
    while (!isStopping()) {
      // If the bucket fails, the channels of the last round are looked up.
      await update().catch(warn);
      const watched = [...known.values()].filter(isWatched);
      await passToSaver(watched.sort((a, b) => a.order - b.order));
    }
  }

  function isWatched({ isPublic, untilMs }: KnownChannel): boolean {
    return isPublic || clock.now() < untilMs;
  }

  function isStopping(): boolean {
    return signal.aborted;
  }

  /** Lists the channels, and reads those that are new or that changed. */
  async function update(): Promise<void> {
    const listed = new Set<string>();
    for await (const { key, version } of bucket.list('channels/')) {
      if (isStopping()) return;
      listed.add(key);
      const channel = known.get(key);
      if (channel?.version === version) continue;
      if (channel === undefined && known.size >= maxChannels) {
        warnOnce(`only ${maxChannels} channels are looked up once an hour; the others, with clips`);
        continue;
      }
      await read(key);
    }
    for (const key of known.keys()) if (!listed.has(key)) known.delete(key);
  }

  async function read(key: string): Promise<void> {
    const stored = await bucket.read(key);
    if (stored === null) return;
    const channel = parseChannelRecord(stored.body);
    const isChannel = channel !== null && channelKey(channel.Id) === key;
    const before = known.get(key);
    const wasPublic = isChannel && before?.isPublic === true;
    known.set(key, {
      id: channel?.Id ?? '',
      version: stored.version,
      isPublic: isChannel && channel.Public,
      untilMs: wasPublic ? clock.now() + WATCHED_AFTER_MS : (before?.untilMs ?? -Infinity),
      fromMs: before?.fromMs ?? findFirstMs(channel?.guildId ?? ''),
      order: before?.order ?? clock.random(),
    });
  }

  function findFirstMs(guildId: string): number {
    const fromMs = fromMsOfGuild.get(guildId) ?? clock.now() + clock.random() * FIRST_LOOK_UPS_MS;
    fromMsOfGuild.set(guildId, fromMs);
    return fromMs;
  }

  /** Takes ROUND_MS. The saver ignores channels that this worker looked up within the last hour. */
  async function passToSaver(channels: readonly KnownChannel[]): Promise<void> {
    const perStep = Math.max(1, Math.ceil(channels.length / MAX_STEPS));
    const steps = Math.max(1, Math.ceil(channels.length / perStep));
    for (let step = 0; step < steps && !isStopping(); step++) {
      for (const { id, fromMs } of channels.slice(step * perStep, (step + 1) * perStep)) {
        if (fromMs <= clock.now()) saveChannel(id, { isRoutine: true });
      }
      await clock.pause(ROUND_MS / steps, signal);
    }
  }

  function warn(error: unknown): void {
    warnOnce(
      `could not list the channels to see which are still public: ${messageOf(error)}; trying again in ${ROUND_MS / 60_000} minutes`,
    );
  }

  function warnOnce(line: string): void {
    if (limit.mayLog(line)) log.warn(line);
  }

  return { stopped: run(), stop: () => stopping.abort() };
}
