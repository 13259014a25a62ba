import { deadLinksQuery } from '../temporal/clip-queries.ts';
import type { Status } from './read-status.ts';

/** The status as a person reads it in a terminal. */
export function screenOf(status: Status): string {
  const { nowMs, clips, deadLinks, expiring, backfills, pending, failed } = status;
  const counts = Object.entries(clips).map(([state, count]) => `${state} ${count}`);
  const windows = expiring.map(({ hours, count }) => `within ${hours} h ${count}`);
  return [
    `Everclip at ${new Date(nowMs).toISOString().slice(0, 19)}Z`,
    '',
    `Clips      ${counts.join('   ')}`,
    `Links      dead ${deadLinks}   expiring ${windows.join(', then ')}`,
    `           the dead ones: temporal workflow list --query "${deadLinksQuery(nowMs)}"`,
    '',
    ...section('Backfills', 'none runs', backfills.map(backfillLine)),
    ...section(
      'Faults',
      'nothing is being retried',
      pending.map(
        ({ activity, reason, workflows, example }) =>
          `${activity} in ${workflows === 1 ? example : `${workflows} workflows, such as ${example}`}: ${reason}`,
      ),
    ),
    ...section(
      'Failed',
      'nothing',
      failed.map(
        ({ workflowId, type, at, reason }) =>
          `${at.toISOString().slice(0, 19)}Z ${type} ${workflowId}: ${reason}`,
      ),
    ),
  ].join('\n');
}

function section(title: string, none: string, lines: string[]): string[] {
  const [first = none, ...rest] = lines;
  return [`${title.padEnd(11)}${first}`, ...rest.map((line) => `${' '.repeat(11)}${line}`)];
}

function backfillLine({ workflowId, progress }: Status['backfills'][0]): string {
  if (progress === null) return `${workflowId}: no worker answers`;
  const { pages, messages, clips, started, known, reached } = progress;
  return (
    `${workflowId}: ${pages} pages, ${messages} messages, ${clips} clips ` +
    `(${started} started, ${known} known), back to ${reached ?? 'the newest'}`
  );
}
