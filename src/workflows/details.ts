import { clipId, messageLink } from '../clip/clip.ts';
import { leaseOf } from '../clip/lease.ts';
import type { Life } from './clip/life.ts';
import type { BackfillProgress } from './messages.ts';
import { inWords, isoTime } from './time-text.ts';

/** What a person reads under "Current Details" in the Web UI (Markdown). */
export function detailsOf(life: Life): string {
  const expiresAt = leaseOf(life.clip.url)?.expiresAt;
  const rows: [string, string][] = [
    ['State', `**${life.status}**`],
    [
      'Clip',
      `\`${life.clip.filename}\` by ${life.clip.poster.username} in [#${life.clip.channelName}](${messageLink(life.clip)})`,
    ],
    ['Expires', expiresAt === undefined ? 'the link does not say' : isoTime(expiresAt * 1000)],
    ['Refreshed', life.refreshes === 1 ? 'once' : `${life.refreshes} times`],
    ['Next look', life.nextRefreshMs === null ? 'now' : isoTime(life.nextRefreshMs)],
    ['Waiting', life.waitingFor || '-'],
    [
      'Thumbnail',
      life.thumbnail ?? (life.thumbnailError ? `none: ${life.thumbnailError.message}` : 'not yet'),
    ],
    [
      'Record',
      `\`messages/${life.clip.channelId}/${clipId(life.clip)}.json\`, revision ${life.revision}`,
    ],
  ];
  return [
    '| | |',
    '| --- | --- |',
    ...rows.map(([name, text]) => `| ${name} | ${text.replaceAll('|', '\\|')} |`),
  ].join('\n');
}

/** What the clip waits for until `atMs`: the summary on its timer. */
export function waitingFor(life: Life, atMs: number): string {
  const expiresAt = leaseOf(life.clip.url)?.expiresAt;
  if (life.goneSuspectedAtMs !== null) return 'until it asks once more whether the message is gone';
  if (life.status === 'unreachable') return 'until it asks again for access';
  if (expiresAt === undefined) return 'until the daily look at a link without an expiry';
  if (expiresAt * 1000 <= atMs) return 'until it tries again for a link that lives';
  return `until ${inWords(expiresAt * 1000 - atMs)} before the link expires`;
}

/** What a person reads of a backfill. */
export function backfillDetails(
  channelName: string,
  progress: BackfillProgress,
  elapsedMs: number,
): string {
  // Over less than a few seconds a rate says nothing.
  const perMinute = elapsedMs < 5000 ? '-' : Math.round((progress.messages * 60_000) / elapsedMs);
  return [
    `**#${channelName}**, back to ${progress.reached ?? 'the newest message'}`,
    '',
    `| pages | messages | clips | started | known | messages a minute |`,
    `| --- | --- | --- | --- | --- | --- |`,
    `| ${progress.pages} | ${progress.messages} | ${progress.clips} | ${progress.started} | ${progress.known} | ${perMinute} |`,
  ].join('\n');
}
