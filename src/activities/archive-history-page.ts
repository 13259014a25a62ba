import { activityInfo, cancellationSignal, heartbeat, log } from '@temporalio/activity';
import type { APIMessage } from 'discord-api-types/v10';
import { clipId, type Clip } from '../clip/clip.ts';
import { clipsOfMessage, type ClipTypes, type MessageContext } from '../clip/message.ts';
import { compareSnowflakes, idAfter } from '../clip/snowflake.ts';
import { messageOf } from '../errors.ts';
import type { Ports } from './ports.ts';

export interface HistoryPageInput {
  channelId: string;
  /** Messages to read, 1 to 100. */
  limit: number;
  /** Read the newest messages before `before` (null: before none, so the newest of all) and after `after`. */
  older?: { before: string | null; after: string | null };
  /** Read the oldest messages after `after`. */
  newer?: { after: string };
}

export interface HistoryPageResult {
  messages: number;
  clips: number;
  started: number;
  known: number;
  /** Id of the oldest message on the page; null if the page is empty, which is the end of the history. */
  oldest: string | null;
  newest: string | null;
}

/**
 * What an attempt has done, kept in its heartbeat for the next attempt. It holds ids and not positions in the page,
 * because new messages shift the newest page between attempts and deleted ones make room for others.
 */
interface PageProgress {
  /** The ends of the page when it was first fetched. A retry reads the same page. */
  oldest: string;
  newest: string;
  /** Every clip up to this message, and of this message, is done. */
  through: string;
  /** Ids of clips after that message that are done too. */
  ahead: string[];
  started: number;
  known: number;
}

/** Messages whose clips are started at the same time. */
const CONCURRENT_MESSAGES = 8;

const EMPTY_PAGE: HistoryPageResult = {
  messages: 0,
  clips: 0,
  started: 0,
  known: 0,
  oldest: null,
  newest: null,
};

/** Fetches one page of a channel's history and starts a workflow for every clip on it. */
export const createArchiveHistoryPage =
  ({
    discord,
    startClip,
    settings,
    metrics,
  }: Pick<Ports, 'discord' | 'startClip' | 'settings' | 'metrics'>) =>
  async (input: HistoryPageInput): Promise<HistoryPageResult> => {
    const earlier = activityInfo().heartbeatDetails as PageProgress | undefined;
    const context = await discord.readableChannel(input.channelId);
    const messages = await fetchPage(discord, input, earlier);
    const progress = earlier ?? newPageProgress(messages);
    if (progress === null) {
      // An empty page ends a backfill. Discord also answers an empty page if the bot has lost Read Message History, so
      // check the permissions again. A sweep keeps its position and asks again.
      if (input.older) await discord.readableChannel(input.channelId, { fresh: true });
      return EMPTY_PAGE;
    }
    const clips = messages.map((message) => readClips(message, context, settings.clipTypes));
    const source = input.newer ? 'sweep' : 'backfill';
    await startClips(clips, (clip) => startClip(clip, source), progress);
    const { started, known, oldest, newest } = progress;
    metrics.historyPage({
      channelId: input.channelId,
      source,
      messages: messages.length,
      started,
      known,
    });
    return { messages: messages.length, clips: started + known, started, known, oldest, newest };
  };

/** Skips a message that is not what Discord's types promise, because it must not hold up the others. */
function readClips(message: APIMessage, context: MessageContext, clipTypes: ClipTypes): Clip[] {
  try {
    return clipsOfMessage(message, context, clipTypes);
  } catch (error) {
    log.warn(`skipped message ${message.id}, which cannot be read: ${messageOf(error)}`);
    return [];
  }
}

/** The progress of a page that no attempt has begun; null if the page is empty. */
function newPageProgress(messages: readonly APIMessage[]): PageProgress | null {
  const oldest = messages[0]?.id;
  const newest = messages.at(-1)?.id;
  if (oldest === undefined || newest === undefined) return null;
  return { oldest, newest, through: '0', ahead: [], started: 0, known: 0 };
}

/** The messages of the page, oldest first. A retry gets the messages of the page that its predecessor had. */
async function fetchPage(
  discord: Ports['discord'],
  { channelId, limit, older, newer }: HistoryPageInput,
  earlier: PageProgress | undefined,
): Promise<APIMessage[]> {
  const before = older && earlier ? idAfter(earlier.newest) : (older?.before ?? null);
  const after = older?.after ?? newer?.after ?? null;
  const page = await discord.fetchHistory(channelId, {
    limit,
    ...(before !== null && { before }),
    ...(newer && { after: newer.after }),
  });
  // Check the bounds again: with a server that ignores them a backfill would stay on one page for ever.
  const isWithinBounds = (id: string): boolean =>
    (before === null || compareSnowflakes(id, before) < 0) &&
    (after === null || compareSnowflakes(id, after) > 0);
  const isOnEarlierPage = (id: string): boolean =>
    earlier === undefined ||
    (compareSnowflakes(id, earlier.oldest) >= 0 && compareSnowflakes(id, earlier.newest) <= 0);
  return page
    .filter(({ id }) => typeof id === 'string' && isWithinBounds(id) && isOnEarlierPage(id))
    .sort((a, b) => compareSnowflakes(a.id, b.id));
}

/** Starts the clips that `progress` does not count as done, and keeps `progress` current in the heartbeat. */
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
          progress[await startClip(clip)] += 1;
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
