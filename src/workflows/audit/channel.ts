import {
  allHandlersFinished,
  condition,
  continueAsNew,
  setCurrentDetails,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { CheckRepairsResult } from '../../activities/audit/check-repairs.ts';
import type { HiddenCursor } from '../../activities/audit/audit-page.ts';
import type { OpenFault } from '../../clip/audit/repair.ts';
import {
  addAuditCounts,
  MAX_LISTED_PROBLEMS,
  NO_AUDIT_COUNTS,
  type AuditCounts,
  type AuditProblem,
  type AuditReport,
} from '../../clip/audit/report.ts';
import { shownName } from '../../clip/clip.ts';
import { snowflakeAt, snowflakeTimeMs } from '../../clip/snowflake.ts';
import { isContinued, rejectCarried } from '../inputs.ts';
import { auditProgressQuery } from '../messages.ts';
import { auditActivities, channelActivities, reportActivities } from '../proxies.ts';
import { isoTime } from '../time-text.ts';
import { rethrowCause } from './failures.ts';
import { parseChannelAuditInput, type ChannelAuditInput } from './input.ts';

/** The state that the audit of a channel carries from run to run. */
interface Carried {
  channelName: string;
  startedAtMs: number;
  /** The next page has only messages older than this id. */
  before: string;
  /** Where that page goes on if it is already begun. */
  hidden: HiddenCursor | null;
  oldest: string | null;
  newest: string | null;
  counts: AuditCounts;
  open: OpenFault[];
  problems: AuditProblem[];
}

/** How many calls of `auditPage` one run makes. Each call adds about a dozen events to the history. */
const PAGES_PER_RUN = 50;

/**
 * If more faults than this are open, the audit waits for their repair before it reads the next page. So a lost bucket
 * does not send a hundred thousand clips to the workers at once, and the input of an activity stays far below 2 MB.
 */
const MAX_OPEN_FAULTS = 500;

/**
 * The pauses before the audit looks whether the open faults are repaired, about 12 minutes together. A record takes a
 * second. A deletion takes more than a minute, because a clip asks Discord twice. A thumbnail waits for its turn.
 */
const PAUSES_SECONDS = [2, 3, 5, 10, 15, 20, 20, 30, 60, 120, 180, 240] as const;

/**
 * Audits one channel: reads its whole history once, compares each clip with the bucket and with the clip's workflow, and
 * has faults repaired. The report is the result, and also in the bucket.
 * @throws InvalidInput if the input is invalid or the channel cannot be read; the last failure of an activity that fails
 * for AUDIT_PATIENCE
 */
export async function auditChannel(
  input: ChannelAuditInput,
  carried?: Carried,
): Promise<AuditReport> {
  const { channelId } = parseChannelAuditInput(input);
  if (!isContinued()) rejectCarried('auditChannel', carried);
  const { auditPage } = auditActivities();
  let state: Carried | null = carried ?? null;
  setHandler(auditProgressQuery, () => state?.counts ?? NO_AUDIT_COUNTS, {
    description: 'Counts so far',
  });
  state ??= await begin(channelId);
  for (let pages = 0; ; pages++) {
    setCurrentDetails(channelAuditDetails(state));
    // Open faults are the input and the result of each check, so a few pages can make a history long.
    if (pages === PAGES_PER_RUN || workflowInfo().continueAsNewSuggested) {
      await condition(allHandlersFinished);
      await continueAsNew<typeof auditChannel>(input, state);
    }
    const { before, hidden } = state;
    const page = await auditPage({ channelId, before, hidden }).catch(rethrowCause);
    note(state, page);
    state.hidden = page.hidden ?? null;
    const isLast = page.oldest === null && state.hidden === null;
    if (state.open.length > MAX_OPEN_FAULTS || isLast) await settle(channelId, state);
    if (isLast) break;
    if (page.oldest === null || state.hidden !== null) continue;
    state.before = page.oldest;
    state.oldest = page.oldest;
    state.newest ??= page.newest;
  }
  const report = reportOf(channelId, state);
  await reportActivities().saveAudit(report).catch(rethrowCause);
  setCurrentDetails(channelAuditDetails(state));
  return report;
}

async function begin(channelId: string): Promise<Carried> {
  const { checkChannel } = channelActivities('audit');
  const { channelName } = await checkChannel({ channelId }).catch(rethrowCause);
  const startedAtMs = Date.now();
  return {
    channelName,
    startedAtMs,
    before: snowflakeAt(startedAtMs),
    hidden: null,
    oldest: null,
    newest: null,
    counts: NO_AUDIT_COUNTS,
    open: [],
    problems: [],
  };
}

/** Waits until the open faults are repaired, or for as long as PAUSES_SECONDS say. */
async function settle(channelId: string, state: Carried): Promise<void> {
  for (const pause of PAUSES_SECONDS) {
    if (state.open.length === 0) return;
    setCurrentDetails(channelAuditDetails(state));
    await sleep(`${pause}s`, { summary: `until ${state.open.length} repairs are checked` });
    const { open } = state;
    state.open = [];
    const { checkRepairs } = reportActivities();
    note(state, await checkRepairs({ channelId, open }).catch(rethrowCause));
  }
  const problems = state.open.map(({ clip }) => ({ clip, problem: 'unsettled' }) as const);
  state.open = [];
  note(state, { counts: { ...NO_AUDIT_COUNTS, unrepaired: problems.length }, open: [], problems });
}

function note(state: Carried, { counts, open, problems }: CheckRepairsResult): void {
  state.counts = addAuditCounts(state.counts, counts);
  state.open = [...state.open, ...open];
  state.problems = [...state.problems, ...problems].slice(0, MAX_LISTED_PROBLEMS);
}

function reportOf(
  channelId: string,
  { channelName, startedAtMs, oldest, newest, counts, problems }: Carried,
): AuditReport {
  const timeOf = (id: string | null) => (id === null ? null : isoTime(snowflakeTimeMs(id)));
  return {
    channelId,
    channelName,
    startedAt: new Date(startedAtMs).toISOString(),
    endedAt: new Date().toISOString(),
    ...counts,
    oldest: timeOf(oldest),
    newest: timeOf(newest),
    problems,
    complete: counts.unrepaired === 0,
  };
}

/** Returns the Markdown for "Current Details" in the Web UI. */
export function channelAuditDetails(
  state: Pick<Carried, 'channelName' | 'oldest' | 'counts' | 'open'>,
): string {
  const { channelName, oldest, counts, open } = state;
  const { messages, clips, known, started, stopped, ended, repaired, unrepaired } = counts;
  const reached =
    oldest === null ? 'nothing read yet' : `read back to ${isoTime(snowflakeTimeMs(oldest))}`;
  const row = [
    ...[messages, clips, known, started, stopped, ended],
    ...[repaired.records, repaired.thumbnails, open.length, unrepaired],
  ];
  return [
    `**#${shownName(channelName)}**, ${reached}`,
    '',
    '| messages | clips | known | started | stopped | ended | records repaired | thumbnails repaired | being repaired | unrepaired |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    `| ${row.join(' | ')} |`,
  ].join('\n');
}
