import { Context } from '@temporalio/activity';
import type { DeletedPlace } from '../../clip/schemas/deleted-place.ts';
import { failure } from '../../errors.ts';
import type { Ports } from '../ports.ts';
import { createChannelIndex } from './channel-index.ts';
import { beginProgress } from './deletion-progress.ts';
import { tellChannels } from './tell-channels.ts';

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
 * How long one call tells clips, in milliseconds. The next attempt goes on where this one ended. In the meantime, another
 * deletion gets its turn.
 */
const MAX_CALL_MS = 30 * 1000;

/** How long after a call that has used up its time the next one begins, in milliseconds. */
const CONTINUE_AFTER_MS = 10 * 1000;

/**
 * How long a call waits while another deletion is being forwarded, in milliseconds. At random, the wait is up to twice as
 * long. It is shorter than CONTINUE_AFTER_MS, so that deletions take turns.
 */
const BUSY_RETRY_MS = 4 * 1000;

/**
 * Creates the activity that tells all clips of a deleted channel, thread or guild. The clips are found through the
 * records in the bucket. A clip without a record is not told, and its next refresh finds the deletion.
 *
 * Neither the gateway's event nor the bucket is enough: Discord sends the same event if a guild is deleted and if the bot
 * is removed, and anybody with access to the bucket can forge what a channel is in. So Discord's answer about each channel
 * and thread decides:
 * - The channel does not exist: its clips end as deleted. For a guild, this needs the same answer two minutes after the
 *   event.
 * - The bot has no access: the clips fetch their messages, and become unreachable.
 * - The bot can still see the channel, or the channel that a thread is in: nothing was deleted.
 *
 * Only one deletion at a time is forwarded in a process, because deletions share the activity slots with the refreshes of
 * live clips. If Discord does not answer about a channel, the others are told first.
 * @throws RateLimited if another deletion is being forwarded, or if this call has used up its time; or a failure of
 * `errors.ts` if Discord did not answer about a channel. The next attempt tells the rest
 */
export function createForwardDeletion(
  ports: Pick<Ports, 'discord' | 'bucket' | 'tellClip'>,
  { maxCallMs = MAX_CALL_MS }: { maxCallMs?: number } = {},
) {
  const index = createChannelIndex(ports.bucket);
  let isBusy = false;
  return async ({ place, isRepeat }: ForwardDeletionInput): Promise<ForwardDeletionResult> => {
    if (isBusy) {
      throw delayed('another deletion is being forwarded', BUSY_RETRY_MS * (1 + Math.random()));
    }
    isBusy = true;
    const { heartbeat, info } = Context.current();
    const progress = beginProgress(info.heartbeatDetails);
    // The next attempt gets these details. `withHeartbeat` would repeat the details of the last attempt.
    const beat = (): void => {
      heartbeat(progress);
    };
    const timer = setInterval(beat, HEARTBEAT_MS);
    try {
      const channels = await index.find(place);
      const parts = { ...ports, place, isRepeat, maxCallMs };
      const isComplete = await tellChannels(parts, channels, progress);
      if (isComplete) return { told: progress.told };
      throw delayed(`told ${progress.told} clips so far`, CONTINUE_AFTER_MS);
    } finally {
      clearInterval(timer);
      isBusy = false;
      beat();
    }
  };
}

function delayed(why: string, afterMs: number): Error {
  const message = `${why}; retrying in ${Math.ceil(afterMs / 1000)} s`;
  return failure('RateLimited', message, { retry: { afterMs } });
}
