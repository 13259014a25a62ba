import { activityInfo, cancellationSignal, heartbeat, log } from '@temporalio/activity';
import { addAuditCounts, MAX_LISTED_PROBLEMS, NO_AUDIT_COUNTS } from '../../clip/audit/report.ts';
import type { AuditCounts, AuditProblem } from '../../clip/audit/report.ts';
import type { OpenFault } from '../../clip/audit/repair.ts';
import { clipId, clipSummary, type Clip, type ClipRef } from '../../clip/clip.ts';
import { attachmentsOf } from '../../clip/message/files.ts';
import { compareSnowflakes } from '../../clip/snowflake.ts';
import { isFailure, messageOf, serviceFailed } from '../../errors.ts';
import { withoutForgotten } from '../forget/without-forgotten.ts';
import { fetchPage } from '../history/fetch-page.ts';
import { readClips } from '../history/read-clips.ts';
import { waitForAccess } from '../history/wait-for-access.ts';
import type { Ports } from '../ports.ts';
import { withHeartbeat } from '../with-heartbeat.ts';
import {
  inspectHiddenClip,
  inspectShownClip,
  type ClipFinding,
  type InspectPorts,
} from './inspect-clip.ts';
import { compareClips, listRecordedClips } from './list-recorded-clips.ts';

export interface AuditPageInput {
  channelId: string;
  /** The page has the newest messages that are older than this id. */
  before: string;
  /** Where an earlier call stopped; absent or null for a page that is not begun. */
  hidden?: HiddenCursor | null;
}

/** A place among the clips that have a record, although the page does not show them. */
export interface HiddenCursor {
  /** The lowest message id of the page's range; null if the range has no lowest id. */
  from: string | null;
  /** The `Id` of the last clip that was inspected. The newest clips come first. */
  after: string;
}

export interface AuditPageResult {
  counts: AuditCounts;
  /** Id of the oldest message on the page; null if the page is empty, which means that the history ends here. */
  oldest: string | null;
  newest: string | null;
  /** Faults that the clips' workflows were told of. */
  open: OpenFault[];
  /** The first faults that nobody can repair, at most MAX_LISTED_PROBLEMS. */
  problems: AuditProblem[];
  /** Where the next call goes on with the same page; absent or null if the page is done. */
  hidden?: HiddenCursor | null;
}

/** The progress of an attempt, which its heartbeats pass to the next attempt. */
interface Progress extends AuditPageResult {
  /** The ids of the clips that are done. */
  done: string[];
}

/** The time between two heartbeats while the activity waits for Discord or for the bucket. */
const HEARTBEAT_INTERVAL_MS = 2000;

/** Discord's maximum for one page of messages. */
const MAX_PAGE_MESSAGES = 100;

/** How many clips are inspected at the same time. */
const CONCURRENT_CLIPS = 8;

/**
 * One call asks about this many clips to fetch their message, so that the refreshes of other clips go on. All clips of a
 * channel that somebody has emptied are on its last page.
 */
const MAX_ASKED_CLIPS = 200;
/** One call inspects this many hidden clips, so that a heartbeat stays far below 2 MB, and the call below 10 minutes. */
const MAX_HIDDEN_CLIPS = 2000;

type AuditPorts = Pick<Ports, 'discord' | 'settings' | 'forgotten'> & InspectPorts;

/**
 * Reads one page of a channel's history, and inspects each clip that the page shows and each clip that has a record
 * although the page does not show it. If there are too many of the latter, `hidden` in the result says where the next
 * call goes on.
 * @throws the failures of `DiscordPort.fetchHistory` and of `readableChannel`, and the errors of the bucket
 */
export const createAuditPage =
  (ports: AuditPorts) =>
  async (input: AuditPageInput): Promise<AuditPageResult> => {
    const { discord, bucket, forgotten, settings } = ports;
    const { channelId, before, hidden: cursor = null } = input;
    const earlier = activityInfo().heartbeatDetails as Progress | undefined;
    const beat = <T>(ask: () => Promise<T>): Promise<T> =>
      withHeartbeat(HEARTBEAT_INTERVAL_MS, ask);
    const reader = waitForAccess(discord);
    const context = await beat(() => discord.readableChannel(channelId));
    const range = earlier && isPage(earlier) ? earlier : undefined;
    const page = { channelId, limit: MAX_PAGE_MESSAGES, older: { before, after: null } };
    let dropped = 0;
    const onDropped = (entries: number) => void (dropped = entries);
    const messages = await beat(() => fetchPage(reader, page, range, onDropped));
    const clips = await beat(() => readClips(discord, messages, context, settings.clipRules));
    const read = messages.map((message, at) => ({ message, clips: clips[at] ?? null }));
    const unreadable = read.filter(({ clips }) => clips === null).map(({ message }) => message.id);
    const isBegun = cursor !== null;
    const counts = { messages: messages.length, unrepaired: dropped + unreadable.length };
    const progress: Progress = earlier ?? {
      counts: { ...NO_AUDIT_COUNTS, ...(!isBegun && counts) },
      oldest: isBegun ? cursor.from : (messages[0]?.id ?? null),
      newest: messages.at(-1)?.id ?? null,
      open: [],
      problems: isBegun ? [] : unreadable.map((clip) => ({ clip, problem: 'unreadable' })),
      hidden: null,
      done: [],
    };
    // Discord also returns an empty page if the bot has lost Read Message History.
    if (progress.oldest === null) {
      await beat(() => discord.readableChannel(channelId, { fresh: true }));
      await beat(() => requireEnd(reader, input));
    }
    const beatOn = <T>(work: () => Promise<T>): Promise<T> =>
      withHeartbeat(HEARTBEAT_INTERVAL_MS, work, () => structuredClone(progress));
    heartbeat(structuredClone(progress));
    const found = read.map(({ clips }) => clips ?? []);
    // The message may show a file that is not a clip by the current settings. Such a clip is not gone.
    const attached = new Set(
      read
        .filter(({ clips }) => clips !== null)
        .flatMap(({ message }) => attachmentsOf(message).map(({ id }) => `${message.id}-${id}`)),
    );
    for (const clip of found.flat()) attached.add(clipId(clip));
    const recorded = await beatOn(() =>
      listRecordedClips(bucket, channelId, { from: progress.oldest, before }),
    );
    const hidden = recorded.filter(
      (clip) => !attached.has(clipId(clip)) && (cursor === null || isOlder(clip, cursor.after)),
    );
    if (!isBegun) {
      const shown = (await beatOn(() => withoutForgotten(found, forgotten))).flat();
      await beatOn(() => inspectAll(progress, shown, (clip) => inspectShown(ports, clip)));
    }
    const isEnough = (count: number) =>
      count >= MAX_HIDDEN_CLIPS || askedIn(progress) >= MAX_ASKED_CLIPS;
    const inspect = (clip: ClipRef) =>
      unlessRefused(clip, () => inspectHiddenClip(ports, clip, context));
    const inspected = await beatOn(() => inspectAll(progress, hidden, inspect, isEnough));
    const last = inspected < hidden.length ? hidden[inspected - 1] : undefined;
    const { done: _, ...result } = progress;
    return last ? { ...result, hidden: { from: progress.oldest, after: clipId(last) } } : result;
  };

function isOlder(clip: ClipRef, id: string): boolean {
  const [messageId = '', attachmentId = ''] = id.split('-');
  return compareClips({ messageId, attachmentId }, clip) > 0;
}

function askedIn({ open }: Progress): number {
  return open.filter(({ fault }) => fault === 'gone').length;
}

function isPage(progress: Progress): progress is Progress & { oldest: string; newest: string } {
  return progress.oldest !== null && progress.newest !== null;
}

/**
 * Checks that the history has no message older than `before`. An empty page may be a fault, or the server may ignore
 * `before`.
 * @throws ServiceFailed if the oldest message of the channel is older than `before`
 */
async function requireEnd(
  reader: Pick<AuditPorts['discord'], 'fetchHistory'>,
  { channelId, before }: AuditPageInput,
): Promise<void> {
  const oldest = await reader.fetchHistory(channelId, { after: '0', limit: 1 });
  if (oldest.some(({ id }) => compareSnowflakes(id, before) < 0)) {
    throw serviceFailed(
      'Discord returned an empty page of history although older messages exist; retrying',
    );
  }
}

/**
 * Inspects the clips that are not done according to `progress`, and sends the updated `progress` in heartbeats. Stops
 * when `isEnough` is true for the number of clips so far. Returns how many of the first clips are done.
 */
async function inspectAll<C extends ClipRef>(
  progress: Progress,
  clips: readonly C[],
  inspect: (clip: C) => Promise<ClipFinding>,
  isEnough: (count: number) => boolean = () => false,
): Promise<number> {
  const signal = cancellationSignal();
  const done = new Set(progress.done);
  for (let at = 0; at < clips.length; at += CONCURRENT_CLIPS) {
    signal.throwIfAborted();
    const batch = clips.slice(at, at + CONCURRENT_CLIPS);
    const remaining = batch.filter((clip) => !done.has(clipId(clip)));
    if (remaining.length === 0) continue;
    // An earlier attempt may have failed in the middle of a batch. The next call would count its clips again.
    if (at > 0 && remaining.length === batch.length && isEnough(at)) return at;
    const inspected = await Promise.allSettled(
      remaining.map(async (clip) => {
        note(progress, clipId(clip), await inspect(clip));
        progress.done.push(clipId(clip));
      }),
    );
    heartbeat(structuredClone(progress));
    const failed = inspected.find((each) => each.status === 'rejected');
    if (failed) throw failed.reason;
  }
  return clips.length;
}

function inspectShown(ports: InspectPorts, clip: Clip): Promise<ClipFinding> {
  return unlessRefused(clip, async () => {
    const finding = await inspectShownClip(ports, clip);
    if (finding.counts === 'started') log.info(`found by an audit: ${clipSummary(clip)}`);
    return finding;
  });
}

/** Inspects a clip. A clip that Temporal refuses for good must not hold up other clips. */
async function unlessRefused(
  { messageId }: ClipRef,
  inspect: () => Promise<ClipFinding>,
): Promise<ClipFinding> {
  try {
    return await inspect();
  } catch (error) {
    if (!isFailure(error, 'InvalidInput')) throw error;
    log.error(`skipped a clip of message ${messageId}: ${messageOf(error)}`);
    return { counts: null, problem: 'refused' };
  }
}

function note(progress: Progress, clip: string, { counts, fault, problem }: ClipFinding): void {
  const found = { ...NO_AUDIT_COUNTS };
  if (counts !== null) {
    found.clips = 1;
    found[counts] = 1;
  }
  if (fault !== undefined) progress.open.push({ clip, fault });
  if (problem !== undefined) {
    found.unrepaired = 1;
    if (progress.problems.length < MAX_LISTED_PROBLEMS) progress.problems.push({ clip, problem });
  }
  progress.counts = addAuditCounts(progress.counts, found);
}
