import { activityInfo, log } from '@temporalio/activity';
import type { APIMessage } from 'discord-api-types/v10';
import { clipId, shownTitle, type Poster } from '../clip/clip.ts';
import { isCredible, leaseOf, refreshLeaseAtMs } from '../clip/lease.ts';
import { addressOf, lacksExpiry } from '../clip/link.ts';
import { hashesOfPeople } from '../clip/forget/people.ts';
import { attachmentsOf, hasUnreadableAttachment } from '../clip/message/files.ts';
import { withDetails, type ClipDetails } from '../clip/message/details.ts';
import { hasContent, hasText } from '../clip/message/content.ts';
import { findAttachment, type FoundAttachment } from '../clip/message.ts';
import { postedByOf, posterOf } from '../clip/message/poster.ts';
import { newerPictureVersion } from '../clip/record/picture-version.ts';
import type { ClipRecord } from '../clip/record.ts';
import { checkDetails, checkPoster } from '../clip/schemas/clip.ts';
import type { RecordedClip, RecordState } from '../clip/state.ts';
import { contentMissing, messageGone, messageOf, worseLink } from '../errors.ts';
import type { SaveChannel } from './channel-saver.ts';
import {
  compareAndSetRecord,
  findStoredLink,
  type StoredRecord,
  type WriteOutcome,
} from './compare-and-set-record.ts';
import { withAttemptNumber } from './context/attempt-number.ts';
import { describeChanges } from './describe-changes.ts';
import { purgeIfForgotten } from './forget/bury-clip.ts';
import { requireGoodLink } from './links/fetched-link.ts';
import type { BucketPort, Ports } from './ports.ts';
import { startServerClock } from './context/server-time.ts';
import type { ReportUnreadableLink } from './links/unreadable-links.ts';
import type { SaveUser } from './save-user.ts';
import { waitAtMost } from './wait-at-most.ts';
import { withHeartbeat } from './with-heartbeat.ts';

export interface RefetchInput {
  /** The state for the record, without the old link. */
  state: Omit<RecordState, 'clip'> & { clip: Omit<RecordedClip, 'url'> };
  adopt: boolean;
  /** When the old link expires, epoch seconds; absent if the link has no expiry. */
  expiresAt?: number;
}

export interface RefetchResult extends WriteOutcome {
  url: string;
  /**
   * The message's text, if it differs from the text in the input. The texts differ if the message was edited while
   * ingest was not running.
   */
  description?: string;
  /** The other details that the message says about the clip, if they differ from the details in the input. */
  details?: ClipDetails;
  /** The poster of a webhook's message, if an older version started the clip without `userDataId`. */
  poster?: Poster;
  /** The user whose command a bot answered, if an older version started the clip without `postedBy`. */
  postedBy?: Poster;
  /** When to refresh the new link, epoch milliseconds. */
  refreshAtMs: number;
  /** The version that the clip's pictures should have; absent if an older worker fetched the link. */
  pictureVersion?: number;
}

const UNTRUSTED_LINK =
  'the message shows the clip with a URL that is not on MEDIA_HOSTS; keeping the old link and retrying: if the server has moved its files, add the new origin to MEDIA_HOSTS';

/** The time between two heartbeats. Most refetches end before the first heartbeat. */
const HEARTBEAT_INTERVAL_MS = 2000;

/**
 * How long a refetch waits until new user data are saved, in milliseconds. While it waits, the refetch occupies one of
 * the worker's slots for Discord. Without a limit, a server for avatars that does not respond would block the slot.
 */
const MAX_SAVE_USER_MS = 5000;

type RefetchPorts = Omit<Ports, 'media' | 'startClip' | 'cancelWorkflow' | 'log'> & {
  saveUser: SaveUser;
  saveChannel: SaveChannel;
  reportUnreadableLink: ReportUnreadableLink;
};

/**
 * Fetches the clip's message, which makes Discord sign new links, and writes the record with the fresh link. The
 * attachment is identified by its id, because two attachments of a message can have the same file name.
 * @throws MessageGone if the message does not exist, or if it still shows content but not this attachment; ServiceFailed if
 * the fetched link is worse than the link at hand
 */
export const createRefetch = (ports: RefetchPorts) => (input: RefetchInput) =>
  withHeartbeat(HEARTBEAT_INTERVAL_MS, () => refetch(ports, input));

async function refetch(
  ports: RefetchPorts,
  { state, adopt, expiresAt: claimed }: RefetchInput,
): Promise<RefetchResult> {
  const { discord, bucket, settings, metrics, reportUnreadableLink } = ports;
  const serverTime = startServerClock();
  const expiresAt = credibleExpiry(claimed, serverTime());
  const { channelId, messageId, attachmentId } = state.clip;
  const message = await discord.fetchMessage(channelId, messageId);
  const route = `attachment ${attachmentId} of message ${messageId}`;
  const found = findAttachment(message, attachmentId, settings.clipRules);
  if (!found) {
    if (attachmentsOf(message).some(({ id }) => id === attachmentId)) {
      throw worseLink(UNTRUSTED_LINK, activityInfo().attempt, { route });
    }
    if (hasContent(message) && !hasUnreadableAttachment(message, settings.clipRules.mediaHosts))
      throw messageGone({ route });
    // The message does not prove that the attachment was removed. Either Discord left out all content of the message.
    // Or the message has an attachment that cannot be read, which may be the clip's attachment.
    metrics.contentMissing('message');
    throw contentMissing({ route });
  }
  if (lacksExpiry(found.attachment.url)) reportUnreadableLink(shownTitle(state.clip));
  const fetched = requireGoodLink(message, found, {
    clip: state.clip,
    expiresAt,
    nowMs: serverTime(),
    attempt: activityInfo().attempt,
  });
  const url = await chooseLink(bucket, fetched, {
    clip: state.clip,
    expiresAt,
    nowMs: serverTime(),
  });
  // An update without a text can start a clip, whose text is then empty. So an empty text may differ from the message's
  // text even if the message was not edited.
  const mayDiffer = Boolean(message.edited_timestamp) || state.clip.description === '';
  const description =
    mayDiffer && hasText(message)
      ? await currentText(discord, state.clip, found)
      : state.clip.description;
  const details = checkDetails(found.details);
  const described = withDetails(state.clip, details);
  const fresh: RecordState = { ...state, clip: { ...described, url, description } };
  // Discord may return the same link again.
  const isSame = expiresAt !== undefined && leaseOf(url)?.expiresAt === expiresAt;
  const onStored = (stored: StoredRecord): void => {
    ports.catalog.tell({ kind: 'record', ...stored });
  };
  const onWritten = (replaced: ClipRecord | null): void => {
    metrics.recordWritten(state.status);
    const what = describeChanges(replaced, fresh);
    log.info(
      `${isSame ? 'Discord returned the same link of' : 'refreshed the link of'} ${shownTitle(state.clip)}${what && `; found: ${what}`}`,
    );
  };
  const outcome =
    (await purgeIfForgotten(ports, fresh.clip)) ??
    (await withAttemptNumber(0, (attempt) =>
      compareAndSetRecord(bucket, fresh, { attempt, adopt, onWritten, onStored }),
    ));
  const lease = leaseOf(url);
  // A fetch that returns the same link does not count as a refresh, and the next fetch is due soon.
  const isLater = (lease?.expiresAt ?? Infinity) > (expiresAt ?? Infinity);
  // The workflow keeps the clip's current link if that link is better.
  const isEarlier = lease !== null && expiresAt !== undefined && lease.expiresAt < expiresAt;
  if (expiresAt !== undefined && isLater) metrics.linkRefreshed(expiresAt - Date.now() / 1000);
  ports.saveChannel(channelId);
  if (outcome.erased === true) await ports.tidyUserData(hashesOfPeople(state.clip));
  const people =
    outcome.erased === true ? {} : await saveNewPeople(ports.saveUser, state.clip, message);
  return {
    url,
    ...(description !== state.clip.description && { description }),
    ...(described !== state.clip && { details }),
    ...people,
    refreshAtMs: refreshLeaseAtMs({
      lease: isEarlier ? { issuedAt: null, expiresAt } : lease,
      nowMs: serverTime(),
      marginMs: settings.refreshMarginMs,
      spreadKey: clipId(state.clip),
    }),
    ...newerPictureVersion(state, settings),
    ...outcome,
  };
}

/**
 * Returns the fetched link, or the stored record's link if the stored link expires later. The fetched link may come
 * from a cache, and an edit may have delivered a link that expires later.
 */
async function chooseLink(
  bucket: BucketPort,
  fetched: string,
  {
    clip,
    expiresAt,
    nowMs,
  }: { clip: Omit<RecordedClip, 'url'>; expiresAt: number | undefined; nowMs: number },
): Promise<string> {
  const fetchedAt = leaseOf(fetched)?.expiresAt;
  if (fetchedAt === undefined || expiresAt === undefined || fetchedAt >= expiresAt) return fetched;
  const stored = await findStoredLink(bucket, clip);
  // Anybody with access to the bucket can write a link into a record. So use the stored link only if its address is the
  // same.
  if (stored === null || addressOf(stored) !== addressOf(fetched)) return fetched;
  return (credibleExpiry(leaseOf(stored)?.expiresAt, nowMs) ?? 0) > fetchedAt ? stored : fetched;
}

/** Returns undefined for an expiry that cannot be true. The link then counts as a link without an expiry. */
function credibleExpiry(expiresAt: number | undefined, nowMs: number): number | undefined {
  return expiresAt !== undefined && isCredible({ expiresAt }, nowMs) ? expiresAt : undefined;
}

/**
 * Finds people that the message names and that the clip does not have yet, because an older version of Everclip started
 * the clip. Saves the user data of these people and returns the people. This happens after the write of the record,
 * because the fresh link must not wait for an avatar. The record names these people only after their user data are
 * saved.
 */
async function saveNewPeople(
  saveUser: SaveUser,
  clip: RefetchInput['state']['clip'],
  message: APIMessage,
): Promise<Pick<RefetchResult, 'poster' | 'postedBy'>> {
  try {
    const poster = checkPoster(posterOf(message));
    if (poster === null) return {};
    const postedBy = clip.postedBy ? null : checkPoster(postedByOf(message));
    const isNewPoster = poster.userDataId !== undefined && clip.poster.userDataId === undefined;
    if (!isNewPoster && !postedBy) return {};
    const { postedAtMs } = clip;
    const save = saveUser({ poster, postedAtMs, ...(postedBy && { postedBy }) });
    await waitAtMost(MAX_SAVE_USER_MS, save);
    return { ...(isNewPoster && { poster }), ...(postedBy && { postedBy }) };
  } catch (error) {
    const { messageId } = clip;
    log.warn(
      `could not save the user data of message ${messageId}: ${messageOf(error)}; retrying at the next refresh`,
    );
    return {};
  }
}

/**
 * Returns the text of the message. Channel and role names are requested only if the text mentions a channel or
 * role.
 */
async function currentText(
  discord: Ports['discord'],
  clip: Pick<RecordedClip, 'channelId' | 'description'>,
  { description }: FoundAttachment,
): Promise<string> {
  const text = description();
  if (!/<(#|@&)\d+>/.test(text)) return text;
  const names = await discord
    .readableChannel(clip.channelId, { inAnyGuild: true, mentionedIn: [text] })
    .catch(() => null);
  // The fresh link must not wait for channel and role names. If the names are unavailable, the old text stays, and the
  // next refresh updates the text.
  return names ? description(names) : clip.description;
}
