import { BoundedMap } from '../bounded-map.ts';
import { channelKey, parseChannelRecord, type ChannelRecord } from '../clip/channel-record.ts';
import { isFailure, messageOf, serviceFailed } from '../errors.ts';
import type { ChannelSaveOutcome } from '../metrics.ts';
import { RECORD_OPTIONS } from './compare-and-set-record.ts';
import type { Ports } from './ports.ts';

/**
 * Saves the channel's record in the background, if that is due. Returns at once and never throws. `isUnreachable` says
 * that a clip of the channel has become unreachable, so the channel may no longer be public. `isRoutine` says that
 * nothing happened in the channel, so what is known of it may be ten minutes old.
 */
export type SaveChannel = (
  channelId: string,
  options?: { isUnreachable?: boolean; isRoutine?: boolean },
) => void;

type SaverPorts = Pick<Ports, 'discord' | 'bucket' | 'catalog' | 'metrics' | 'log'>;

/** A channel is looked up at most once in this time, because names and permissions rarely change. */
const SAVE_EVERY_MS = 60 * 60 * 1000;
/** A look-up that failed is repeated after this time. */
const RETRY_AFTER_MS = 5 * 60 * 1000;
/** How many look-ups run at once. The requests of the clips themselves come first. */
const MAX_CONCURRENT_SAVES = 2;
/** How many channels may wait for their look-up. Any other channel comes again with the next write of one of its clips. */
const MAX_WAITING = 500;
/** How many channels are remembered. An entry takes about 100 bytes. */
const MAX_REMEMBERED = 25_000;
/** How often a save is tried if other workers write the same object at the same time. */
const MAX_WRITES = 5;

/**
 * Creates the function that keeps `channels/<id>.json` up to date. An object is written only if it would change.
 *
 * If Discord no longer shows the bot a channel, the channel's record keeps its names, but the channel counts as not
 * public. `now` returns milliseconds of a clock that never jumps; tests replace it.
 */
export function createChannelSaver(
  ports: SaverPorts,
  now: () => number = () => performance.now(),
): SaveChannel {
  const { metrics, log } = ports;
  /** When the next look-up is due, by channel. Look-ups of unreachable clips have an entry of their own. */
  const dueAtMs = new BoundedMap<string, number>(MAX_REMEMBERED);
  const complained = new BoundedMap<string, true>(MAX_REMEMBERED);
  /** The channels that are being saved, or wait to be saved. */
  const busy = new Set<string>();
  /** The busy channels of which a clip became unreachable. A look-up that runs may have asked Discord before that. */
  const again = new Set<string>();
  const waiting: (() => void)[] = [];
  let running = 0;

  function saveChannel(channelId: string, { isUnreachable = false, isRoutine = false } = {}): void {
    const entry = isUnreachable ? `${channelId} unreachable` : channelId;
    if ((dueAtMs.get(entry) ?? -Infinity) > now()) return;
    if (busy.has(channelId)) {
      if (isUnreachable) again.add(channelId);
      return;
    }
    if (waiting.length >= MAX_WAITING) return;
    dueAtMs.set(entry, now() + SAVE_EVERY_MS);
    busy.add(channelId);
    waiting.push(() => void saveAndReport(channelId, entry, isRoutine));
    startNext();
  }

  function startNext(): void {
    if (running >= MAX_CONCURRENT_SAVES) return;
    const next = waiting.shift();
    if (next === undefined) return;
    running += 1;
    next();
  }

  async function saveAndReport(
    channelId: string,
    entry: string,
    isRoutine: boolean,
  ): Promise<void> {
    try {
      metrics.channelSaved(await save(ports, channelId, isRoutine));
    } catch (error) {
      const retryAtMs = now() + RETRY_AFTER_MS;
      dueAtMs.set(entry, retryAtMs);
      // The look-ups of public channels (src/workers/watch-public-channels.ts) repeat it, even without a clip.
      if ((dueAtMs.get(channelId) ?? 0) > retryAtMs) dueAtMs.set(channelId, retryAtMs);
      metrics.channelSaved('failed');
      if (!complained.has(channelId)) {
        complained.set(channelId, true);
        log.warn(
          `could not save the name of channel ${channelId}: ${messageOf(error)}; retrying with the channel's next clip, at the earliest in ${RETRY_AFTER_MS / 60_000} minutes`,
        );
      }
    } finally {
      busy.delete(channelId);
      running -= 1;
      startNext();
      if (again.delete(channelId)) saveChannel(channelId, { isUnreachable: true });
    }
  }

  return saveChannel;
}

/** @throws any error of Discord except InvalidInput, and any error of the bucket */
async function save(
  { discord, bucket, catalog }: SaverPorts,
  channelId: string,
  isRoutine: boolean,
): Promise<ChannelSaveOutcome> {
  const described = await describe(discord, channelId, isRoutine);
  const key = channelKey(channelId);
  for (let write = 1; write <= MAX_WRITES; write++) {
    const stored = await bucket.read(key);
    const before = stored && parseChannelRecord(stored.body);
    const channel = described ?? (before && { ...before, Public: false });
    if (channel === null) return 'hidden';
    if (stored && before && isSame(before, channel)) {
      // The worker that wrote the object may have been killed before it told the catalog.
      catalog.tell({ kind: 'channel', key, version: stored.version, channel: before });
      return described ? 'unchanged' : 'hidden';
    }
    const condition = stored ? { generation: stored.generation } : ('absent' as const);
    const written = { ...channel, Revision: (before?.Revision ?? 0) + 1 };
    const body = JSON.stringify(written, null, 2);
    const version = await bucket.write(key, body, { ...RECORD_OPTIONS, condition });
    if (version === null) continue;
    catalog.tell({ kind: 'channel', key, version, channel: written });
    return 'written';
  }
  throw serviceFailed(`another process keeps writing ${key}`);
}

/** Returns null if Discord does not show the channel to the bot. */
async function describe(
  discord: Ports['discord'],
  channelId: string,
  isRoutine: boolean,
): Promise<ChannelRecord | null> {
  try {
    return await discord.describeChannel(channelId, { isRoutine });
  } catch (error) {
    if (isFailure(error, 'InvalidInput')) return null;
    throw error;
  }
}

function isSame(before: ChannelRecord, now: ChannelRecord): boolean {
  const { Revision: _, ...facts } = now;
  return (Object.keys(facts) as (keyof typeof facts)[]).every((name) => before[name] === now[name]);
}
