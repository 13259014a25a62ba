import { activityInfo, Context, log } from '@temporalio/activity';
import { clipId } from '../clip/clip.ts';
import { findAttachment, type FoundAttachment } from '../clip/message.ts';
import { leaseOf, refreshAtMs } from '../clip/lease.ts';
import type { RecordedClip, RecordState } from '../clip/state.ts';
import { messageGone, serviceFailed } from '../errors.ts';
import type { DiscordPort, Ports } from './ports.ts';
import { compareAndSetRecord, type WriteOutcome } from './compare-and-set-record.ts';

export interface RefetchInput {
  /** Without the link that is to be replaced. */
  state: Omit<RecordState, 'clip'> & { clip: Omit<RecordedClip, 'url'> };
  adopt: boolean;
  /** When the link that is to be replaced dies, epoch seconds; absent: it doesn't say. */
  expiresAt?: number;
}

export interface RefetchResult extends WriteOutcome {
  url: string;
  /** The message's text, where it isn't the one that was given: it was edited while nobody listened. */
  description?: string;
  /** When to come back, epoch milliseconds. */
  refreshAtMs: number;
}

/**
 * Signs of life, so that the refetch of a worker that was killed is another's within seconds and not at
 * the time-out, when the link may be dead. Nearly all are done before the first one.
 */
const HEARTBEAT_EVERY_MS = 2000;

/**
 * Fetches the clip's message, which signs its links afresh, and writes the record with the new link.
 * The attachment is found by its id: names repeat within a message.
 * @throws MessageGone also where the message is there but the attachment is not
 */
export const createRefetch = (ports: RefetchPorts) => {
  const refetch = createSilentRefetch(ports);
  return async (input: RefetchInput): Promise<RefetchResult> => {
    const { heartbeat } = Context.current();
    const timer = setInterval(heartbeat, HEARTBEAT_EVERY_MS);
    try {
      return await refetch(input);
    } finally {
      clearInterval(timer);
    }
  };
};

type RefetchPorts = Pick<Ports, 'discord' | 'bucket' | 'settings' | 'metrics'>;

const createSilentRefetch =
  ({ discord, bucket, settings, metrics }: RefetchPorts) =>
  async ({ state, adopt, expiresAt }: RefetchInput): Promise<RefetchResult> => {
    const { channelId, messageId, attachmentId } = state.clip;
    const message = await discord.fetchMessage(channelId, messageId);
    const route = `attachment ${attachmentId} of message ${messageId}`;
    const found = findAttachment(message, attachmentId);
    if (!found) throw messageGone({ route });
    const { url } = found.attachment;
    if (!/^https?:\/\//i.test(url)) throw serviceFailed('what came as its link is none', { route });
    const description = message.edited_timestamp
      ? await editedText(discord, state.clip, found)
      : state.clip.description;
    const fresh: RecordState = { ...state, clip: { ...state.clip, url, description } };
    const outcome = await compareAndSetRecord(bucket, fresh, {
      attempt: activityInfo().attempt,
      adopt,
      onWritten() {
        metrics.recordWritten(state.status);
      },
    });
    // Discord may answer with the very same link: that is no refresh, and comes again soon.
    const isLater = (leaseOf(url)?.expiresAt ?? Infinity) > (expiresAt ?? Infinity);
    if (expiresAt !== undefined && isLater) metrics.linkRefreshed(expiresAt - Date.now() / 1000);
    log.info(`fresh link for ${state.clip.filename}`);
    return {
      url,
      ...(description !== state.clip.description && { description }),
      refreshAtMs: refreshAtMs({
        url,
        nowMs: Date.now(),
        marginMs: settings.refreshMarginMs,
        spreadKey: clipId(state.clip),
      }),
      ...outcome,
    };
  };

/** Names of channels and roles take requests, so they are asked for where the text has such a mention alone. */
async function editedText(
  discord: DiscordPort,
  clip: Pick<RecordedClip, 'channelId' | 'description'>,
  { description }: FoundAttachment,
): Promise<string> {
  const text = description({});
  if (!/<(#|@&)\d+>/.test(text)) return text;
  const names = await discord.readableChannel(clip.channelId).catch(() => null);
  // A link must not wait for a name: where nobody can tell it now, the next refresh sees to the text.
  return names ? description(names) : clip.description;
}
