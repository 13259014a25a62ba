import { activityInfo, cancellationSignal, heartbeat, log } from '@temporalio/activity';
import type { APIMessage } from 'discord-api-types/v10';
import { clipId, type Clip } from '../clip/clip.ts';
import { clipsOfMessage } from '../clip/message.ts';
import { compareSnowflakes } from '../clip/snowflake.ts';
import { errorFacts } from '../errors.ts';
import type { Ports } from './ports.ts';

export interface HistoryPageInput {
  channelId: string;
  /** 1 to 100. */
  limit: number;
  /** The newest messages before `before` (null: of all) that are newer than `after`. */
  older?: { before: string | null; after: string | null };
  /** The oldest messages after `after`. */
  newer?: { after: string };
}

export interface HistoryPageResult {
  messages: number;
  clips: number;
  started: number;
  known: number;
  /** Ids of the page's ends; null where it was empty, which is the end of the history. */
  oldest: string | null;
  newest: string | null;
}

/**
 * What an attempt had done when it was cut off. By ids, not by places in the page: new messages shift
 * the newest page between attempts, and deleted ones make room for others.
 */
interface Done {
  /** The page's ends when it was first fetched: the page stays what it was then. */
  oldest: string;
  newest: string;
  /** Every clip up to and of this message is done. */
  through: string;
  /** Ids of clips after it that are done too. */
  ahead: string[];
  started: number;
  known: number;
}

/** Messages whose clips are started at a time. */
const CONCURRENT_MESSAGES = 8;

/** Fetches one page of a channel's history and starts a workflow for every clip in it. */
export const createArchiveHistoryPage =
  ({
    discord,
    startClip,
    settings,
    metrics,
  }: Pick<Ports, 'discord' | 'startClip' | 'settings' | 'metrics'>) =>
  async (input: HistoryPageInput): Promise<HistoryPageResult> => {
    const earlier = activityInfo().heartbeatDetails as Done | undefined;
    const place = await discord.readableChannel(input.channelId);
    const messages = await fetchPage(discord, input, earlier);
    const done = earlier ?? nothingOf(messages);
    if (done === null) {
      // For a backfill that is the end: not to be believed of rights that may have been lost since they
      // were last looked at. A sweep stays where it is and asks again.
      if (input.older) await discord.readableChannel(input.channelId, { fresh: true });
      return EMPTY_PAGE;
    }
    const clips = messages.map((message) => clipsOrNone(message, place, settings.clipTypes));
    const source = input.newer ? 'sweep' : 'backfill';
    await startAll(clips, (clip) => startClip(clip, source), done);
    const { started, known } = done;
    metrics.historyPage({
      ...{ channelId: input.channelId, source },
      ...{ messages: messages.length, started, known },
    });
    return {
      messages: messages.length,
      clips: started + known,
      started,
      known,
      oldest: done.oldest,
      newest: done.newest,
    };
  };

const EMPTY_PAGE: HistoryPageResult = {
  messages: 0,
  clips: 0,
  started: 0,
  known: 0,
  oldest: null,
  newest: null,
};

/** One message that is not what Discord's types promise must not hold up all the others. */
function clipsOrNone(...[message, place, types]: Parameters<typeof clipsOfMessage>): Clip[] {
  try {
    return clipsOfMessage(message, place, types);
  } catch (error) {
    log.warn(`message ${message.id} is skipped, it can't be read: ${errorFacts(error).message}`);
    return [];
  }
}

/** How far a page is done that no attempt has begun yet; null where it is empty. */
function nothingOf(messages: readonly APIMessage[]): Done | null {
  const [oldest, newest] = [messages[0]?.id, messages.at(-1)?.id];
  if (oldest === undefined || newest === undefined) return null;
  return { oldest, newest, through: '0', ahead: [], started: 0, known: 0 };
}

/** The page's messages, oldest first; where an attempt was made before, those of the page that it had. */
async function fetchPage(
  discord: Ports['discord'],
  { channelId, limit, older, newer }: HistoryPageInput,
  earlier: Done | undefined,
): Promise<APIMessage[]> {
  const before =
    older && earlier ? (BigInt(earlier.newest) + 1n).toString() : (older?.before ?? null);
  const page = await discord.fetchHistory(channelId, {
    limit,
    ...(before !== null && { before }),
    ...(newer && { after: newer.after }),
  });
  const isAfter = (id: string, other: string | null | undefined): boolean =>
    other === null || other === undefined || compareSnowflakes(id, other) > 0;
  return (
    page
      .filter(({ id }) => typeof id === 'string')
      // A server that ignores a bound would keep us on one page for ever.
      .filter(({ id }) => before === null || compareSnowflakes(id, before) < 0)
      .filter(({ id }) => isAfter(id, older?.after ?? newer?.after))
      .filter(
        ({ id }) => !earlier || (!isAfter(earlier.oldest, id) && !isAfter(id, earlier.newest)),
      )
      .sort((a, b) => compareSnowflakes(a.id, b.id))
  );
}

/** Goes on where an earlier attempt was cut off, so that the counts tell what this backfill started. */
async function startAll(
  clips: readonly Clip[][],
  startClip: (clip: Clip) => ReturnType<Ports['startClip']>,
  done: Done,
): Promise<void> {
  const signal = cancellationSignal();
  heartbeat(structuredClone(done));
  const left = clips.filter(
    ([first]) => first && compareSnowflakes(first.messageId, done.through) > 0,
  );
  for (let at = 0; at < left.length; at += CONCURRENT_MESSAGES) {
    signal.throwIfAborted();
    const batch = left.slice(at, at + CONCURRENT_MESSAGES).flat();
    const starts = await Promise.allSettled(
      batch
        .filter((clip) => !done.ahead.includes(clipId(clip)))
        .map(async (clip) => {
          done[await startClip(clip)] += 1;
          done.ahead.push(clipId(clip));
        }),
    );
    const failed = starts.find((start) => start.status === 'rejected');
    if (!failed) {
      done.through = batch.at(-1)?.messageId ?? done.through;
      done.ahead = [];
    }
    heartbeat(structuredClone(done));
    if (failed) throw failed.reason;
  }
}
