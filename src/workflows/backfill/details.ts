import { shownName } from '../../clip/clip.ts';
import { plain } from '../../clip/plain.ts';
import type { BackfillProgress } from '../messages.ts';

/** A rate that was measured over less time than this is meaningless. */
const MIN_RATE_MS = 5000;

/** Returns the Markdown for "Current Details" in the Web UI. */
export function backfillDetails(
  channelName: string,
  progress: BackfillProgress,
  elapsedMs: number,
): string {
  const { reached } = progress;
  const name = shownName(channelName);
  return [
    reached === null ? `**#${name}**, nothing read yet` : `**#${name}**, read back to ${reached}`,
    '',
    ...formatCounts(progress, elapsedMs),
  ].join('\n');
}

/**
 * Returns the Markdown for a backfill of more than one channel or thread. `reading` are the names of the channels and
 * threads that are being read.
 */
export function placesDetails(
  title: string,
  progress: BackfillProgress,
  { reading, elapsedMs }: { reading: readonly string[]; elapsedMs: number },
): string {
  const { found = 0, done = 0, known = 0, failed = 0, unreadable = 0 } = progress.places ?? {};
  const { reasons = [] } = progress.places ?? {};
  return [
    `**${plain(title)}**, ${done} of ${found} channels and threads read`,
    '',
    ...formatCounts(progress, elapsedMs),
    '',
    `| found | read | read by another backfill | failed | not readable |`,
    `| --- | --- | --- | --- | --- |`,
    `| ${found} | ${done} | ${known} | ${failed} | ${unreadable} |`,
    ...(reading.length === 0
      ? []
      : ['', `reading ${reading.map((name) => `#${shownName(name)}`).join(', ')}`]),
    ...(reasons.length === 0 ? [] : ['', ...reasons.map((reason) => `- ${plain(reason)}`)]),
  ].join('\n');
}

function formatCounts(progress: BackfillProgress, elapsedMs: number): string[] {
  const { pages, messages, clips, started, known, search } = progress;
  const perMinute = elapsedMs < MIN_RATE_MS ? '-' : Math.round((messages * 60_000) / elapsedMs);
  return [
    `| pages | messages | clips | started | known | messages per minute |`,
    `| --- | --- | --- | --- | --- | --- |`,
    `| ${pages} | ${messages} | ${clips} | ${started} | ${known} | ${perMinute} |`,
    ...(search === undefined
      ? []
      : [
          '',
          `Discord's search found ${search.clips} clips in advance and started ${search.started}`,
        ]),
  ];
}
