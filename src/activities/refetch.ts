import { activityInfo, log } from '@temporalio/activity';
import { clipId } from '../clip/clip.ts';
import { attachmentsOf } from '../clip/from-message.ts';
import { refreshAtMs } from '../clip/lease.ts';
import type { AdoptedState, ClipState } from '../clip/state.ts';
import { messageGone } from '../errors.ts';
import type { Ports } from './ports.ts';
import { writeRecord } from './write-record.ts';

export interface RefetchInput {
  state: ClipState;
  adopt: boolean;
}

export interface RefetchResult {
  url: string;
  /** When to come back, epoch milliseconds. */
  refreshAtMs: number;
  adopted?: AdoptedState;
}

/**
 * Fetches the clip's message, which signs its links afresh, and writes the record with the new link.
 * The attachment is found by its id: names repeat within a message.
 * @throws MessageGone also where the message is there but the attachment is not
 */
export const createRefetch =
  ({ discord, bucket, settings }: Pick<Ports, 'discord' | 'bucket' | 'settings'>) =>
  async ({ state, adopt }: RefetchInput): Promise<RefetchResult> => {
    const { channelId, messageId, attachmentId } = state.clip;
    const message = await discord.fetchMessage(channelId, messageId);
    const attachment = attachmentsOf(message).find(({ id }) => id === attachmentId);
    if (!attachment) {
      throw messageGone({ route: `attachment ${attachmentId} of message ${messageId}` });
    }
    const fresh: ClipState = { ...state, clip: { ...state.clip, url: attachment.url } };
    const { adopted } = await writeRecord(bucket, fresh, {
      attempt: activityInfo().attempt,
      adopt,
    });
    log.info(`fresh link for ${state.clip.filename}`);
    return {
      url: attachment.url,
      refreshAtMs: refreshAtMs({
        url: attachment.url,
        nowMs: Date.now(),
        marginMs: settings.refreshMarginMs,
        spreadKey: clipId(state.clip),
      }),
      ...(adopted && { adopted }),
    };
  };
