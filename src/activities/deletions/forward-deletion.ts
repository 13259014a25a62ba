import { setTimeout as pause } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { parseChannelRecord } from '../../clip/channel-record.ts';
import { workflowIdOfClip } from '../../clip/names.ts';
import type { DeletedPlace } from '../../clip/schemas/deleted-place.ts';
import { compareSnowflakes } from '../../clip/snowflake.ts';
import type { ChannelExistence, ClipNotice, Ports } from '../ports.ts';
import { withHeartbeat } from '../with-heartbeat.ts';
import { forEachOf } from './for-each-of.ts';

export interface ForwardDeletionInput {
  place: DeletedPlace;
  /** True if the same deletion was forwarded before. */
  isRepeat: boolean;
}

export interface ForwardDeletionResult {
  /** How many running clips were told. */
  told: number;
}

const HEARTBEAT_MS = 5000;

/**
 * How many clips are told at a time. Each clip writes its record, which takes the worker up to 150 ms (docs/performance.md),
 * so the workflow tasks of live clips wait behind a few of these clips only.
 */
const MAX_CLIPS_AT_A_TIME = 4;

/** How many records of channels are read at a time. */
const MAX_READS_AT_A_TIME = 16;

/**
 * The pause between two channels to which the bot has no access, in milliseconds. Each of these channels costs up to two
 * requests that Discord denies, and Discord bans an IP address after 10,000 denied requests in ten minutes. With this
 * pause, there are at most 8,000.
 * Source: https://docs.discord.com/developers/topics/rate-limits#invalid-request-limit-aka-cloudflare-bans
 */
const HIDDEN_CHANNEL_PAUSE_MS = 150;

type ForwardPorts = Pick<Ports, 'discord' | 'bucket' | 'tellClip'>;

/**
 * Creates the activity that tells all clips of a deleted channel, thread or guild. The clips are found through the
 * records in the bucket. A clip without a record is not told, and its next refresh finds the deletion.
 *
 * The gateway's event alone is not enough: Discord sends the same event if a guild is deleted and if the bot is removed.
 * So Discord's answer about each channel decides:
 * - The channel does not exist: its clips end as deleted. For a guild, this needs the same answer two minutes after the
 *   event.
 * - The bot has no access: the clips fetch their messages, and become unreachable.
 * - The bot can still see the channel: nothing was deleted.
 * @throws a failure of `errors.ts` if Discord did not answer; the next attempt tells the rest
 */
export function createForwardDeletion(ports: ForwardPorts) {
  return (input: ForwardDeletionInput): Promise<ForwardDeletionResult> =>
    withHeartbeat(HEARTBEAT_MS, () => forwardDeletion(ports, input));
}

async function forwardDeletion(
  { discord, bucket, tellClip }: ForwardPorts,
  { place, isRepeat }: ForwardDeletionInput,
): Promise<ForwardDeletionResult> {
  const { cancellationSignal } = Context.current();
  let told = 0;
  for (const [ownerId, channelIds] of await findChannels(bucket, place)) {
    const notice = noticeOf(await discord.findChannelState(ownerId), place, isRepeat);
    if (notice === null) continue;
    for (const channelId of channelIds) {
      if (notice === 'refreshNow') await pause(HIDDEN_CHANNEL_PAUSE_MS);
      await forEachOf(
        bucket.list(`messages/${channelId}/`),
        MAX_CLIPS_AT_A_TIME,
        async (object) => {
          cancellationSignal.throwIfAborted();
          const id = /^messages\/\d+\/(\d+-\d+)\.json$/.exec(object.key)?.[1];
          if (id === undefined) return;
          if (await tellClip(workflowIdOfClip(id), notice, channelId)) told += 1;
        },
      );
    }
  }
  return { told };
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
 * Finds the channels and threads of the place that have clips. Returns the ids by the channel whose existence decides,
 * which is the parent of a thread. The threads of a deleted channel are deleted with it, without events of their own.
 *
 * Only the records of channels that are newer than a deleted channel are read, because a thread is newer than its parent.
 * Some bots create and delete hundreds of channels a day.
 */
async function findChannels(
  bucket: Ports['bucket'],
  place: DeletedPlace,
): Promise<Map<string, Set<string>>> {
  const found = new Map<string, Set<string>>();
  function add(ownerId: string, channelId: string): void {
    found.set(ownerId, (found.get(ownerId) ?? new Set()).add(channelId));
  }
  if ('channelId' in place) {
    add(place.channelId, place.channelId);
    if (!place.mayHaveThreads) return found;
  }
  await forEachOf(bucket.list('channels/'), MAX_READS_AT_A_TIME, async ({ key }) => {
    if ('channelId' in place && !isNewer(key, place.channelId)) return;
    const stored = await bucket.read(key);
    const channel = stored && parseChannelRecord(stored.body);
    if (!channel || key !== `channels/${channel.Id}.json`) return;
    const isInside =
      'channelId' in place
        ? channel.Parent_Id === place.channelId
        : channel.guildId === place.guildId;
    if (isInside) add(channel.Parent_Id ?? channel.Id, channel.Id);
  });
  return found;
}

/** True if `key` is the key of a channel's record, and this channel was created after the channel `channelId`. */
function isNewer(key: string, channelId: string): boolean {
  const id = /^channels\/(\d+)\.json$/.exec(key)?.[1];
  return id !== undefined && compareSnowflakes(id, channelId) > 0;
}
