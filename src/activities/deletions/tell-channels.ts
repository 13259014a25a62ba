import { messageOf } from '../../errors.ts';
import { setTimeout as pause } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { workflowIdOfClip } from '../../clip/names.ts';
import type { DeletedPlace } from '../../clip/schemas/deleted-place.ts';
import type { ClipNotice, Ports } from '../ports.ts';
import type { ChannelExistence } from '../ports/discord-port.ts';
import type { IndexedChannel } from './channel-index.ts';
import { noteDone, noteFailed, orderChannels, type DeletionProgress } from './deletion-progress.ts';

/**
 * How many clips are told at a time. Each clip writes its record, which takes the worker up to 150 ms (docs/performance.md),
 * so the workflow tasks of live clips wait behind a few of these clips only.
 */
const MAX_CLIPS_AT_A_TIME = 4;

/**
 * The pause after a channel to which the bot has no access, in milliseconds. Each of these channels costs up to two
 * requests that Discord denies, and Discord bans an IP address after 10,000 denied requests in ten minutes. With this
 * pause, there are at most 8,000.
 * Source: https://docs.discord.com/developers/topics/rate-limits#invalid-request-limit-aka-cloudflare-bans
 */
const HIDDEN_CHANNEL_PAUSE_MS = 150;

/** If this many channels in a row fail, the fault is not in one channel, and the attempt ends. */
const MAX_FAILURES_IN_A_ROW = 10;

interface TellParts extends Pick<Ports, 'discord' | 'bucket' | 'tellClip'> {
  place: DeletedPlace;
  isRepeat: boolean;
  /** How long clips may be told, in milliseconds. */
  maxCallMs: number;
}

/**
 * Tells the clips of the channels that Discord no longer shows the bot, and keeps `progress` up to date. Returns false if
 * the time is used up before all channels are done. At least a few clips are told in every call.
 * @throws the last failure of a channel, after the other channels were tried
 */
export async function tellChannels(
  parts: TellParts,
  channels: readonly IndexedChannel[],
  progress: DeletionProgress,
): Promise<boolean> {
  const { cancellationSignal } = Context.current();
  const findNotice = createNoticeFinder(parts);
  const endMs = Date.now() + parts.maxCallMs;
  let failuresInARow = 0;
  let lastFailure: Error | null = null;

  /** Returns false if the time is used up. */
  async function tellChannel(channel: IndexedChannel): Promise<boolean> {
    const { id: channelId } = channel;
    const notice = await findNotice(channel);
    if (notice === null) return true;
    const after = progress.at?.channelId === channelId ? progress.at.clipId : '';
    const clipIds = (await listClips(parts.bucket, channelId)).filter((id) => id > after);
    for (let first = 0; first < clipIds.length; first += MAX_CLIPS_AT_A_TIME) {
      if (first > 0 && Date.now() >= endMs) return false;
      cancellationSignal.throwIfAborted();
      const batch = clipIds.slice(first, first + MAX_CLIPS_AT_A_TIME);
      const tell = (id: string) => parts.tellClip(workflowIdOfClip(id), notice, channelId);
      const results = await Promise.allSettled(batch.map(tell));
      progress.told += results.filter((each) => each.status === 'fulfilled' && each.value).length;
      const failed = results.find((each) => each.status === 'rejected');
      if (failed) throw failed.reason as Error;
      progress.at = { channelId, clipId: batch.at(-1) ?? after };
    }
    return true;
  }

  for (const [position, channel] of orderChannels(channels, progress).entries()) {
    if (position > 0 && Date.now() >= endMs) return false;
    try {
      if (!(await tellChannel(channel))) return false;
      noteDone(progress, channel.id);
      failuresInARow = 0;
    } catch (error) {
      cancellationSignal.throwIfAborted();
      noteFailed(progress, channel.id);
      lastFailure = error instanceof Error ? error : new Error(messageOf(error));
      failuresInARow += 1;
      if (failuresInARow >= MAX_FAILURES_IN_A_ROW) throw error;
    }
  }
  if (lastFailure !== null) throw lastFailure;
  return true;
}

/** Creates a function that returns what the clips of a channel or thread must be told; null for nothing. */
function createNoticeFinder({
  discord,
  place,
  isRepeat,
}: TellParts): (channel: IndexedChannel) => Promise<ClipNotice | null> {
  /** Discord's answers in this call; null if Discord did not answer. */
  const states = new Map<string, ChannelExistence | null>();
  return async ({ id, ownerId }) => {
    // The owner's answer only saves requests. It proves nothing about a thread, because the bucket names the owner.
    if (ownerId !== id && !states.has(ownerId)) {
      states.set(ownerId, await discord.findChannelState(ownerId).catch(() => null));
    }
    if (states.get(ownerId) === 'visible') return null;
    const state = states.get(id) ?? (await discord.findChannelState(id));
    states.set(id, state);
    if (state === 'hidden') await pause(HIDDEN_CHANNEL_PAUSE_MS);
    return noticeOf(state, place, isRepeat);
  };
}

/** Returns what the clips of a channel must be told; null for nothing. */
function noticeOf(
  state: ChannelExistence,
  place: DeletedPlace,
  isRepeat: boolean,
): ClipNotice | null {
  if (state === 'deleted') return 'channelId' in place || isRepeat ? 'gone' : null;
  // Every fetch adds events to a history, so clips without access are asked only once.
  return state === 'hidden' && !isRepeat ? 'refreshNow' : null;
}

/**
 * Lists the ids of the clips of a channel that have a record, in the order of the ids as texts. Temporal would reject the
 * longer ids of forged keys every time.
 */
async function listClips(bucket: Ports['bucket'], channelId: string): Promise<string[]> {
  const ids: string[] = [];
  for await (const { key } of bucket.list(`messages/${channelId}/`)) {
    const id = /^messages\/\d+\/(\d{1,20}-\d{1,20})\.json$/.exec(key)?.[1];
    if (id !== undefined) ids.push(id);
  }
  return ids.sort();
}
