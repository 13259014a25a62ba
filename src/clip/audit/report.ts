/** A fault that an audit could not repair, or whose repair it could not prove. */
export interface AuditProblem {
  /** The `Id` of the clip, or the id of a message whose clips cannot be read. */
  clip: string;
  problem: ProblemKind;
}

/**
 * - `lost`: the record of a clip whose workflow has ended is missing or damaged, so nobody can write it again. Or the
 *   record is damaged, and Temporal knows no workflow of the clip
 * - `deleted`: the message shows the clip, but the record says that it was deleted; a backfill with `revive` restarts it
 * - `orphaned`: the message does not show the clip any more, no workflow is running that could end the record, and the
 *   record is malformed, so that no workflow can start from it
 * - `unsettled`: the clip's workflow was started, or was told to repair or to check the clip, but did not finish in time
 * - `pictureless`: the thumbnail is missing and could not be made again; the record says why
 * - `refused`: Temporal refuses to start the clip's workflow; the log says why
 * - `unreadable`: the message is malformed, so nobody knows its clips; the log says why
 */
export type ProblemKind =
  | 'lost'
  | 'deleted'
  | 'orphaned'
  | 'unsettled'
  | 'pictureless'
  | 'refused'
  | 'unreadable';

/** What an audit has counted so far. */
export interface AuditCounts {
  /** The messages in the channel's history. */
  messages: number;
  /** The clips that these messages show. The clips are `known`, `started` or `stopped`. */
  clips: number;
  /** Clips that had a running workflow, or that had ended because they were deleted or purged, and lost clips. */
  known: number;
  /** Clips that had no workflow. */
  started: number;
  /** Clips that an operator stopped. An audit leaves them alone. */
  stopped: number;
  /** Clips whose message or attachment is gone. Their workflows were still running, or were started again to end. */
  ended: number;
  repaired: {
    /** Records that were missing or damaged, and were written again. */
    records: number;
    /** Clips whose thumbnail or poster image was missing, and was made again. */
    thumbnails: number;
  };
  /** The faults that remain. */
  unrepaired: number;
}

/**
 * The report of an audit of one channel, as docs/records.md documents it. Times are ISO times in UTC.
 */
export interface AuditReport extends AuditCounts {
  channelId: string;
  channelName: string;
  startedAt: string;
  endedAt: string;
  /** When the oldest message of the history was posted; null if the history has no message. */
  oldest: string | null;
  newest: string | null;
  /** The first faults that remain, at most MAX_LISTED_PROBLEMS. */
  problems: AuditProblem[];
  /** True if no fault remains. Every clip up to `startedAt` then has its record, its pictures and its workflow. */
  complete: boolean;
}

/** A report lists at most this many faults, so that the report of a lost bucket stays small. */
export const MAX_LISTED_PROBLEMS = 100;

export const NO_AUDIT_COUNTS: AuditCounts = {
  messages: 0,
  clips: 0,
  known: 0,
  started: 0,
  stopped: 0,
  ended: 0,
  repaired: { records: 0, thumbnails: 0 },
  unrepaired: 0,
};

/** Returns the sum of two counts. */
export function addAuditCounts(a: AuditCounts, b: AuditCounts): AuditCounts {
  return {
    messages: a.messages + b.messages,
    clips: a.clips + b.clips,
    known: a.known + b.known,
    started: a.started + b.started,
    stopped: a.stopped + b.stopped,
    ended: a.ended + b.ended,
    repaired: {
      records: a.repaired.records + b.repaired.records,
      thumbnails: a.repaired.thumbnails + b.repaired.thumbnails,
    },
    unrepaired: a.unrepaired + b.unrepaired,
  };
}

/** The prefix of the object keys of all reports. */
export const AUDITS_PREFIX = 'audits/';

/** Object key of the report of the audit that ended at `endedAt`, an ISO time. */
export function auditReportKey({
  channelId,
  endedAt,
}: Pick<AuditReport, 'channelId' | 'endedAt'>): string {
  return `${auditsOfChannel(channelId)}${endedAt}.json`;
}

/** The prefix of the object keys of a channel's reports. The last key in the order of texts is the newest report. */
export function auditsOfChannel(channelId: string): string {
  return `${AUDITS_PREFIX}${channelId}/`;
}

/** Returns the channel's id in the object key of a report, or null if the key is not that of a report. */
export function auditedChannelId(key: string): string | null {
  return /^audits\/(\d+)\/\d{4}-[\w:.-]+Z\.json$/.exec(key)?.[1] ?? null;
}

/** Returns when the audit with this report ended, epoch milliseconds; 0 if the key does not say it. */
export function endOfAudit(key: string): number {
  return Date.parse(key.slice(key.lastIndexOf('/') + 1, -'.json'.length)) || 0;
}

/** The note that a channel with reports is no longer audited, as docs/records.md documents it. */
export interface Retirement {
  channelId: string;
  reason: (typeof RETIREMENT_REASONS)[number];
  /** When the note was written, an ISO time in UTC. A report of a later audit counts, and not the note. */
  at: string;
}

/** `unwatched`: the settings do not allow the channel any more. `hidden`: the bot cannot see the channel. */
export const RETIREMENT_REASONS = ['deleted', 'unwatched', 'hidden'] as const;

/** Object key of the note that a channel is no longer audited. */
export function retirementKey(channelId: string): string {
  return `${auditsOfChannel(channelId)}retired.json`;
}

/** Returns the channel's id in the object key of such a note, or null for any other key. */
export function retiredChannelId(key: string): string | null {
  return /^audits\/(\d+)\/retired\.json$/.exec(key)?.[1] ?? null;
}

/** Returns null if the object is not such a note. */
export function parseRetirement(body: string): Retirement | null {
  try {
    const { channelId, reason, at } = JSON.parse(body) as Retirement;
    const isNote =
      typeof channelId === 'string' &&
      RETIREMENT_REASONS.includes(reason) &&
      typeof at === 'string' &&
      !Number.isNaN(Date.parse(at));
    return isNote ? { channelId, reason, at } : null;
  } catch {
    return null;
  }
}

/** What a stored report says about its channel. */
export type AuditVerdict = Pick<
  AuditReport,
  'channelId' | 'channelName' | 'startedAt' | 'complete'
>;

/** Returns the verdict in a stored report, or null if the object is not a report. */
export function parseAuditVerdict(body: string): AuditVerdict | null {
  try {
    const { channelId, channelName, startedAt, complete } = JSON.parse(body) as AuditReport;
    const isReport =
      typeof channelId === 'string' &&
      typeof channelName === 'string' &&
      typeof startedAt === 'string' &&
      !Number.isNaN(Date.parse(startedAt)) &&
      typeof complete === 'boolean';
    return isReport ? { channelId, channelName, startedAt, complete } : null;
  } catch {
    return null;
  }
}
