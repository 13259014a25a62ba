import { activityInfo, heartbeat } from '@temporalio/activity';
import { clipsOfMessage } from '../clip/from-message.ts';
import type { Clip } from '../clip/clip.ts';
import { compareSnowflakes } from '../clip/snowflake.ts';
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

/** What an attempt had done when it was cut off: every clip up to and of this message. */
interface Done {
  through: string;
  started: number;
  known: number;
}

/** Messages whose clips are started at a time. */
const CONCURRENT_MESSAGES = 8;

/** Fetches one page of a channel's history and starts a workflow for every clip in it. */
export const createArchiveHistoryPage =
  ({ discord, startClip, settings }: Pick<Ports, 'discord' | 'startClip' | 'settings'>) =>
  async ({ channelId, limit, older, newer }: HistoryPageInput): Promise<HistoryPageResult> => {
    const place = await discord.readableChannel(channelId);
    const before = older?.before ?? null;
    const after = newer?.after ?? null;
    const page = await discord.fetchHistory(channelId, {
      limit,
      ...(before !== null && { before }),
      ...(after !== null && { after }),
    });
    const oldestWanted = older?.after ?? null;
    const messages = page
      .filter(({ id }) => oldestWanted === null || compareSnowflakes(id, oldestWanted) > 0)
      .sort((a, b) => compareSnowflakes(a.id, b.id));
    const clips = messages
      .map((message) => clipsOfMessage(message, place, settings.clipTypes))
      .filter((ofMessage) => ofMessage.length > 0);
    const { started, known } = await startAll(clips, startClip);
    return {
      messages: messages.length,
      clips: clips.flat().length,
      started,
      known,
      oldest: messages[0]?.id ?? null,
      newest: messages.at(-1)?.id ?? null,
    };
  };

/**
 * Goes on where an earlier attempt was cut off, so that the counts tell what this backfill started.
 * By message id, not by place in the page: new messages shift the newest page between attempts.
 */
async function startAll(clips: readonly Clip[][], startClip: Ports['startClip']): Promise<Done> {
  const done: Done = {
    ...((activityInfo().heartbeatDetails as Done | undefined) ?? {
      through: '0',
      started: 0,
      known: 0,
    }),
  };
  heartbeat(done);
  const left = clips.filter(
    ([first]) => first && compareSnowflakes(first.messageId, done.through) > 0,
  );
  for (let at = 0; at < left.length; at += CONCURRENT_MESSAGES) {
    const batch = left.slice(at, at + CONCURRENT_MESSAGES).flat();
    for (const outcome of await Promise.all(batch.map(startClip))) done[outcome] += 1;
    done.through = batch.at(-1)?.messageId ?? done.through;
    heartbeat({ ...done });
  }
  return done;
}
