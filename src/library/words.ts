// Every sentence that a reader of the library sees.

import type { CatalogState, Sort } from '../catalog/catalog.ts';

export const SORT_NAMES: Readonly<Record<Sort, string>> = {
  newest: 'Newest',
  oldest: 'Oldest',
  longest: 'Longest',
  random: 'Shuffled',
};

const number = new Intl.NumberFormat('en');

/** A count of more than `max` is not exact, so only `max` is shown. */
export function countText(count: number, max: number): string {
  if (count === 1) return '1 clip';
  return count > max ? `${number.format(max)}+ clips` : `${number.format(count)} clips`;
}

function rebuildingText(done: number, total: number | null): string {
  const progress =
    total === null
      ? 'Everclip is listing the bucket.'
      : `${number.format(done)} of about ${number.format(total)} clips.`;
  return `The library is being rebuilt: ${progress} Links keep working.`;
}

/**
 * What pages say while clips may be missing. The numbers count hidden clips too, so `showsNumbers` is true only if the
 * reader may see every clip.
 */
export function incompleteText(
  { reconcile }: Pick<CatalogState, 'reconcile'>,
  showsNumbers: boolean,
): string {
  if (reconcile === null) return WORDS.incomplete;
  return showsNumbers ? rebuildingText(reconcile.done, reconcile.total) : WORDS.rebuilding;
}

export function deletedText(date: string | null): string {
  const when = date === null ? '' : ` on ${date}`;
  return `This clip was deleted${when}. When the message goes, the clip goes.`;
}

/** `name` is a parameter that the API knows. */
export function invalidParameterText(name: string): string {
  return `The value of “${name}” is invalid. See docs/api.md in Everclip’s repository.`;
}

/** The title of a clip in a feed, where neither its text nor its picture may be shown. */
export function coveredTitle({ isNsfw }: { isNsfw: boolean }, posterName: string): string {
  return `${isNsfw ? WORDS.adult : WORDS.spoiler}: clip by ${posterName}`;
}

export function feedDescription(libraryName: string): string {
  return `New clips in ${libraryName}`;
}

export const WORDS = {
  search: 'Search clips, people, channels',
  searchButton: 'Search',
  sort: 'Sort',
  skip: 'Skip to the clips',
  feed: 'New clips',
  closeMatches: 'Close matches',
  clearFilters: 'Show all clips',
  firstRunHint: 'To add older clips, run a backfill. Everclip’s README explains how.',
  nothingPublic:
    'No clips to show. Visitors see only the clips of channels that everyone on the server can read.',
  incomplete: 'The library is incomplete. Links keep working.',
  rebuilding: 'The library is being rebuilt. Links keep working.',
  newClip: 'This clip is new. Its page will be here in a few seconds.',
  inDoubt: 'The library can’t check right now whether this clip exists. Try again in a minute.',
  queryCut: 'The search was too long. Only its first 200 characters count.',
  ignoredFilter: 'Some filters are invalid, too long or too many, so they are ignored or cut.',
  spoiler: 'Spoiler',
  adult: '18+',
  silent: 'Silent',
  unreachable: 'Unreachable',
  deleted: 'Message deleted',
  show: 'Show',
  coveredSpoiler: 'This clip is marked as a spoiler.',
  unreachableNow: 'Discord won’t give us this clip right now.',
  tryAgain: 'Try again',
  openInDiscord: 'Open in Discord',
  openFile: 'Open file',
  details: 'Details',
  unknownChannel: 'unknown channel',
  home: 'Go to all clips',
  notFoundTitle: 'Not found',
  notFound: 'There is no such clip or page here.',
  goneTitle: 'Deleted',
  unavailableTitle: 'Not available right now',
  noLink: 'There is no valid link to this clip right now. Try again in a minute.',
  noPicture: 'This picture is not available right now. Try again in a minute.',
  catalogDown:
    'The list of clips is not available right now. Links to clips keep working. Try again in a minute.',
  busy: 'The library is busy. Try again in a few seconds.',
  error: 'That didn’t work, and it’s our fault.',
  wrongHostTitle: 'Wrong address',
  wrongHost:
    'The library does not answer at this address. If you run it, set LIBRARY_URL to the address.',
  badRequestTitle: 'Invalid request',
  badRequest: 'The request is invalid.',
  methodTitle: 'Method not allowed',
  method: 'This page can only be read.',
  noSound: 'none',
} as const;

/** The request id lets an operator find the line in the log. */
export function requestIdText(id: string): string {
  return `Request id: ${id}`;
}
