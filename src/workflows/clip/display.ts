// The Web UI shows a clip through search attributes, current details and timer summaries.

import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import { clipId, messageLink, shownName, shownPoster, shownTitle } from '../../clip/clip.ts';
import { plain } from '../../clip/plain.ts';
import { clipState, linkExpiresAt } from '../../clip/search-attributes.ts';
import { formatDuration, isoTime } from '../time-text.ts';
import { leaseIn } from './lease.ts';
import type { Life } from './life.ts';

/**
 * Shows the current details. Writes the search attributes only if they changed, because each write is an event.
 */
export function publish(life: Life): void {
  showDetails(life);
  const expiresAt = expiryOf(life);
  const stateChanged = life.status !== life.published.status;
  const leaseChanged = expiresAt !== life.published.expiresAt;
  if (!stateChanged && !leaseChanged) return;
  life.published = { status: life.status, expiresAt };
  upsertSearchAttributes([
    ...(stateChanged ? [{ key: clipState, value: life.status }] : []),
    ...(leaseChanged
      ? [{ key: linkExpiresAt, value: expiresAt === null ? null : new Date(expiresAt * 1000) }]
      : []),
  ]);
}

/** True if the search attributes show the clip's current state. */
export function isPublished(life: Life): boolean {
  return life.status === life.published.status && expiryOf(life) === life.published.expiresAt;
}

/** Shows the current details, which adds no event to the history. */
export function showDetails(life: Life): void {
  setCurrentDetails(currentDetails(life));
}

/** Returns the summary of the timer that rings at `atMs`. The summary says what the clip waits for. */
export function waitingFor(life: Life, atMs: number): string {
  const expiresAt = expiryOf(life);
  if (life.goneSuspectedAtMs !== null) return 'until the next check whether the message is deleted';
  if (life.status === 'unreachable') return 'until the next check whether the bot has access';
  if (expiresAt === null) return 'until the daily refresh of a link without an expiry';
  if (expiresAt * 1000 <= atMs) return 'until the next attempt to fetch a fresh link';
  return `until ${formatDuration(expiresAt * 1000 - atMs)} before the link expires`;
}

/** Returns the Markdown for "Current Details". */
export function currentDetails(life: Life): string {
  const { clip, thumbnail, thumbnailError } = life;
  const expiresAt = expiryOf(life);
  const noThumbnail = thumbnailError ? `none: ${plain(thumbnailError.message)}` : 'not yet';
  const rows: [name: string, text: string][] = [
    ['State', `**${life.status}**`],
    [
      'Clip',
      `\`${shownTitle(clip)}\` by ${shownPoster(clip)} in [#${shownName(clip.channelName, clip.channelId)}](${messageLink(clip)})`,
    ],
    ['Link expires', expiresAt === null ? 'the link has no expiry' : isoTime(expiresAt * 1000)],
    ['Refreshed', life.refreshes === 1 ? 'once' : `${life.refreshes} times`],
    ['Next refresh', life.nextRefreshMs === null ? 'now' : isoTime(life.nextRefreshMs)],
    ['Waiting', life.waitingFor || '-'],
    ['Thumbnail', thumbnail ?? noThumbnail],
    ['Record', `\`messages/${clip.channelId}/${clipId(clip)}.json\`, revision ${life.revision}`],
  ];
  return [
    '| | |',
    '| --- | --- |',
    ...rows.map(([name, text]) => `| ${name} | ${text.replaceAll('|', '\\|')} |`),
  ].join('\n');
}

/** Returns when the clip's link expires, in epoch seconds; null if the link has no expiry. */
function expiryOf({ clip }: Life): number | null {
  return leaseIn(clip.url)?.expiresAt ?? null;
}
