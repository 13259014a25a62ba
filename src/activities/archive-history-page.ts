import { activityInfo, cancellationSignal, heartbeat, log } from '@temporalio/activity';
import type { APIMessage } from 'discord-api-types/v10';
import { clipId, clipSummary, type Clip } from '../clip/clip.ts';
import { compareSnowflakes } from '../clip/snowflake.ts';
import { isFailure, messageOf } from '../errors.ts';
import type { SaveChannel } from './channel-saver.ts';
import { withoutForgotten } from './forget/without-forgotten.ts';
import { fetchPage, type PageBounds } from './history/fetch-page.ts';
import { readClips } from './history/read-clips.ts';
import type { ReadAhead } from './history/read-ahead.ts';
import { waitForAccess } from './history/wait-for-access.ts';
import type { Ports } from './ports.ts';
import { searchedHistory } from './search/searched-history.ts';
import { withHeartbeat } from './with-heartbeat.ts';

export interface HistoryPageInput extends PageBounds {
  /** Also restart the clips whose record says that they were deleted. */
  revive?: boolean;
}

export interface HistoryPageResult {
  messages: number;
  clips: number;
  started: number;
  known: number;
  /** Id of the oldest message on the page; null if the page is empty, which means that the history ends here. */
  oldest: string | null;
  newest: string | null;
}

/**
 * The progress of an attempt. The attempt's heartbeats pass the progress to the next attempt. It contains message ids
 * instead of positions in the page, because positions change when messages are posted or deleted between attempts.
 */
interface PageProgress {
  /** The ids of the oldest and newest messages when the page was first fetched. A retry reads the same range of ids. */
  oldest: string;
  newest: string;
  /** All clips of the message with this id, and of all older messages on the page, are done. */
  through: string;
  /** Ids of the clips that are done and belong to messages newer than `through`. */
  ahead: string[];
  started: number;
  known: number;
}

/**
 * The time between two heartbeats while the activity waits for Discord. A slow Discord, or many backfills under a low
 * rate limit, can make a call last longer than the heartbeat timeout.
 */
const HEARTBEAT_INTERVAL_MS = 2000;

/** Discord's maximum for one page of messages. A backfill reads such pages until it has read enough messages. */
const MAX_PAGE_MESSAGES = 100;

/** How many messages are processed at the same time. */
const CONCURRENT_MESSAGES = 8;

export const EMPTY_PAGE: HistoryPageResult = {
  messages: 0,
  clips: 0,
  started: 0,
  known: 0,
  oldest: null,
  newest: null,
};

/**
 * Fetches one page of a channel's history and starts a workflow for every clip on the page. `from` says whether the page
 * is read from the history itself, or has only what Discord's search finds in the history.
 */
export const createArchiveHistoryPage =
  (
    {
      discord,
      startClip,
      settings,
      metrics,
      forgotten,
      saveChannel,
      readAhead,
    }: Pick<Ports, 'discord' | 'startClip' | 'settings' | 'metrics' | 'forgotten'> & {
      saveChannel: SaveChannel;
      readAhead: ReadAhead;
    },
    from: 'history' | 'search' = 'history',
  ) =>
  async (input: HistoryPageInput): Promise<HistoryPageResult> => {
    const earlier = activityInfo().heartbeatDetails as PageProgress | undefined;
    const beat = <T>(ask: () => Promise<T>): Promise<T> =>
      withHeartbeat(HEARTBEAT_INTERVAL_MS, ask);
    const { channelId } = input;
    // Most pages of sweeps are empty. They need no names, and no newer proof of the permissions, because the sweep keeps
    // its position.
    const wasReadable = input.newer ? await beat(() => discord.wasReadable(channelId)) : false;
    const lookedUp = wasReadable ? null : await beat(() => discord.readableChannel(channelId));
    const after = input.older?.after ?? null;
    const reader =
      from === 'search'
        ? searchedHistory(discord, lookedUp?.guildId ?? null, after)
        : earlier
          ? discord
          : readAhead;
    if (reader === null) return EMPTY_PAGE;
    const messages = await beat(() => fetchPage(waitForAccess(reader), input, earlier));
    const progress = earlier ?? newPageProgress(messages);
    if (progress === null) {
      // An empty page ends a backfill, so the end is checked. A sweep needs no check, because the sweep keeps its
      // position and reads again later. An empty result of a search ends only the search.
      const { older } = input;
      if (older && from === 'history') {
        await beat(() => checkEnd(discord, channelId, older.before));
      }
      return EMPTY_PAGE;
    }
    const context = lookedUp ?? (await beat(() => discord.readableChannel(channelId)));
    saveChannel(channelId);
    if (input.older && isFull(messages, input)) {
      readAhead.begin(channelId, { before: progress.oldest, limit: input.limit });
    }
    const read = await beat(() => readClips(discord, messages, context, settings.clipRules));
    const found = read.map((clipsOfOne) => clipsOfOne ?? []);
    const clips = await beat(() => withoutForgotten(found, forgotten));
    const source = input.newer ? 'sweep' : 'backfill';
    const { revive = false } = input;
    await startClips(clips, (clip) => startClip(clip, source, { revive }), progress);
    const { started, known, oldest, newest } = progress;
    metrics.historyPage({
      channelId,
      source,
      // The backfill reads the messages that the search found again.
      messages: from === 'history' ? messages.length : 0,
      started,
      known,
    });
    return { messages: messages.length, clips: started + known, started, known, oldest, newest };
  };

/**
 * Checks that an empty page is the end of the history. Discord also returns an empty page if the bot has lost Read
 * Message History, but then denies a single message. So one message that was read before proves the permission, with one
 * request instead of seven. If that message has been deleted in the meantime, the permissions are looked up.
 * @param readId the id of the oldest message that was read; null if the channel has none
 * @throws InvalidInput if the bot lacks a permission
 */
async function checkEnd(
  discord: Ports['discord'],
  channelId: string,
  readId: string | null,
): Promise<void> {
  const isReadable =
    readId !== null &&
    (await discord.fetchMessage(channelId, readId).then(
      () => true,
      () => false,
    ));
  if (!isReadable) await discord.readableChannel(channelId, { fresh: true });
}

/** True if the page has as many messages as Discord sends at most, so another page probably follows. */
function isFull(messages: readonly APIMessage[], { limit }: HistoryPageInput): boolean {
  return limit === MAX_PAGE_MESSAGES && messages.length === limit;
}

/** Returns the initial progress of a page, or null if the page is empty. */
function newPageProgress(messages: readonly APIMessage[]): PageProgress | null {
  const oldest = messages[0]?.id;
  const newest = messages.at(-1)?.id;
  if (oldest === undefined || newest === undefined) return null;
  return { oldest, newest, through: '0', ahead: [], started: 0, known: 0 };
}

/** Starts the clips that are not done according to `progress`, and sends the updated `progress` in heartbeats. */
async function startClips(
  clips: readonly Clip[][],
  startClip: (clip: Clip) => ReturnType<Ports['startClip']>,
  progress: PageProgress,
): Promise<void> {
  const signal = cancellationSignal();
  heartbeat(structuredClone(progress));
  const remaining = clips.filter(
    ([first]) => first && compareSnowflakes(first.messageId, progress.through) > 0,
  );
  for (let at = 0; at < remaining.length; at += CONCURRENT_MESSAGES) {
    signal.throwIfAborted();
    const batch = remaining.slice(at, at + CONCURRENT_MESSAGES).flat();
    const starts = await Promise.allSettled(
      batch
        .filter((clip) => !progress.ahead.includes(clipId(clip)))
        .map(async (clip) => {
          await startOne(clip, startClip, progress);
          progress.ahead.push(clipId(clip));
        }),
    );
    const failed = starts.find((start) => start.status === 'rejected');
    if (!failed) {
      progress.through = batch.at(-1)?.messageId ?? progress.through;
      progress.ahead = [];
    }
    heartbeat(structuredClone(progress));
    if (failed) throw failed.reason;
  }
}

/**
 * Starts a clip. A clip that Temporal refuses for good is only logged, because the clip must not hold up other clips.
 */
async function startOne(
  clip: Clip,
  startClip: (clip: Clip) => ReturnType<Ports['startClip']>,
  progress: PageProgress,
): Promise<void> {
  try {
    const outcome = await startClip(clip);
    progress[outcome] += 1;
    if (outcome === 'started') log.info(`found in the history: ${clipSummary(clip)}`);
  } catch (error) {
    if (!isFailure(error, 'InvalidInput')) throw error;
    log.error(`skipped a clip of message ${clip.messageId}: ${messageOf(error)}`);
  }
}
