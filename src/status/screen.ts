import { plain } from '../clip/plain.ts';
import {
  AUDITS_QUERY,
  BACKFILLS_QUERY,
  deadLinksQuery,
  NO_EXPIRY_QUERY,
} from '../temporal/clip-queries.ts';
import { describeLateRefreshes } from '../temporal/late-refreshes.ts';
import type { LibraryStatus } from './library-status.ts';
import { listCommand, type CliTarget } from './list-command.ts';
import type { PlaceCounts } from '../workflows/messages.ts';
import type { Status } from './read-status.ts';

const TITLE_WIDTH = 12;

export interface ScreenOptions {
  /** The Temporal server of the printed commands. By default, the server that Temporal's CLI uses. */
  temporal?: CliTarget;
  /** Null if the library was not asked. */
  library?: LibraryStatus | null;
  /** What the screen says about the reports of audits, line by line. */
  reports?: string[];
}

/** Formats the status for a terminal. */
export function formatScreen(
  status: Status,
  { temporal, library = null, reports = [] }: ScreenOptions = {},
): string {
  const { nowMs, clips, endedRuns, deadLinks, linksWithoutExpiry, late, expiring } = status;
  const { backfills, backfillCount, audits, auditCount, pending, failed, allFailed } = status;
  const list = (query: string): string => listCommand(query, temporal);
  const windows = expiring.map(
    ({ hours, count }, index) => `in ${expiring[index - 1]?.hours ?? 0} to ${hours} h: ${count}`,
  );
  return [
    `Everclip at ${formatTime(new Date(nowMs))}`,
    '',
    ...section('Clips', '', [formatCounts(clips)]),
    ...section('Ended runs', '', [
      `${formatCounts(endedRuns)}   (a restarted clip has more than one run)`,
    ]),
    ...section('Links', '', [
      `dead ${deadLinks}   expiring ${windows.join(', ')}`,
      `to list dead links: ${list(deadLinksQuery(nowMs))}`,
      ...(late === null ? [] : [describeLateRefreshes(late)]),
      ...(linksWithoutExpiry === 0
        ? []
        : formatWithoutExpiry(linksWithoutExpiry, list(NO_EXPIRY_QUERY))),
    ]),
    ...(library === null ? [] : formatLibrary(library)),
    '',
    ...section('Backfills', 'none running', [
      ...backfills.map(formatBackfill),
      ...formatOthers(backfillCount - backfills.length, list(BACKFILLS_QUERY)),
    ]),
    ...section('Audits', '', [
      ...audits.map(formatAudit),
      ...formatOthers(auditCount - audits.length, list(AUDITS_QUERY)),
      ...(reports.length === 0 ? ['no audit has written a report yet'] : reports),
    ]),
    ...section('Faults', 'nothing is being retried', pending.map(formatFault)),
    ...section('Failed', 'no workflow', [
      ...failed.map(formatFailure),
      ...formatOthers(allFailed.count - failed.length, list(allFailed.query)),
    ]),
  ].join('\n');
}

function formatCounts(counts: Record<string, number>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join('   ');
}

function formatLibrary({ server, catalog }: LibraryStatus): string[] {
  return [...section('Library', '', [server]), ...section('Catalog', '', [catalog])];
}

/** Says how many entries a list leaves out. The counts may be slightly newer or older than the list. */
function formatOthers(others: number, command: string): string[] {
  return others > 0 ? [`and ${others} more; to list all: ${command}`] : [];
}

function formatWithoutExpiry(links: number, command: string): string[] {
  return [
    `${links} without a readable expiry: these links are refreshed once a day and may be dead`,
    `to list them: ${command}`,
  ];
}

/**
 * Puts the title before the first line, and indents the other lines. `none` is shown if there are no lines. The lines
 * may contain texts of strangers, such as names of channels.
 */
function section(title: string, none: string, lines: string[]): string[] {
  const [first = none, ...rest] = lines.map((line) => plain(line, { markup: 'kept' }));
  const indent = ' '.repeat(TITLE_WIDTH);
  return [`${title.padEnd(TITLE_WIDTH)}${first}`, ...rest.map((line) => `${indent}${line}`)];
}

function formatTime(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}

function formatBackfill({ workflowId, progress }: Status['backfills'][0]): string {
  if (typeof progress === 'string') return `${workflowId}: ${progress}`;
  const { pages, messages, clips, started, known, reached } = progress;
  const places = progress.places === undefined ? '' : `${formatPlaces(progress.places)}, `;
  const search =
    progress.search === undefined
      ? ''
      : `, ${progress.search.started} started by a search in advance`;
  const counts = `${places}${pages} pages, ${messages} messages, ${clips} clips (${started} started, ${known} known${search})`;
  return `${workflowId}: ${counts}${reached === null ? '' : `, back to ${reached}`}`;
}

function formatAudit({ workflowId, progress }: Status['audits'][0]): string {
  if (typeof progress === 'string') return `${workflowId}: ${progress}`;
  const { channels, unreadable = [], messages, clips, started, known, stopped } = progress;
  const { ended, repaired, unrepaired } = progress;
  const inaccessible = unreadable.length === 0 ? '' : ` (${unreadable.length} not readable)`;
  const ofClips = [`${started} started`, `${known} known`];
  if (stopped > 0) ofClips.push(`${stopped} stopped`);
  const counts = [
    channels !== undefined && `${channels} channels and threads audited${inaccessible}`,
    `${messages} messages`,
    `${clips} clips (${ofClips.join(', ')})`,
    ended > 0 && `${ended} deleted clips ended`,
    repaired.records > 0 && `${repaired.records} records repaired`,
    repaired.thumbnails > 0 && `${repaired.thumbnails} thumbnails repaired`,
    unrepaired > 0 && `${unrepaired} faults remain`,
  ].filter((text) => text !== false);
  return `${workflowId} is running: ${counts.join(', ')}`;
}

/** Formats the counts of a backfill of more than one channel, such as `12 of 40 channels and threads (3 not readable)`. */
function formatPlaces({ found, done, known, failed, unreadable }: PlaceCounts): string {
  const others = [
    known > 0 && `${known} read by another backfill`,
    failed > 0 && `${failed} failed`,
    unreadable > 0 && `${unreadable} not readable`,
  ].filter((text) => text !== false);
  const rest = others.length === 0 ? '' : ` (${others.join(', ')})`;
  return `${done} of ${found} channels and threads${rest}`;
}

function formatFault({ activity, reason, workflows, example }: Status['pending'][0]): string {
  const where = workflows === 1 ? example : `${workflows} workflows, such as ${example}`;
  return `${activity} in ${where}: ${reason}`;
}

function formatFailure({ workflowId, type, at, reason }: Status['failed'][0]): string {
  return `${formatTime(at)} ${type} ${workflowId}: ${reason}`;
}
