// The words of pages with lists of clips.

import { MAX_COUNT } from '../../catalog/catalog.ts';

const number = new Intl.NumberFormat('en');

export const LIST_WORDS = {
  allClips: 'Clips',
  filter: 'Filter',
  removeFilter: 'Remove filter',
  people: 'People',
  channels: 'Channels',
  games: 'Games',
  more: 'Length, date and kind',
  noFacets: 'None',
  longer: 'Lasts at least',
  shorter: 'Lasts at most',
  after: 'Posted since',
  before: 'Posted before',
  anyLength: 'Any length',
  apply: 'Apply',
  kinds: 'Kind',
  vertical: 'Vertical',
  silent: 'Silent',
  spoiler: 'Spoiler',
  onThisDay: 'On this day',
  hideDay: 'Hide until tomorrow',
  searchEverywhere: 'Search everywhere',
  searchWithoutFilters: 'Search without filters',
  poster: 'Person',
  channel: 'Channel',
  game: 'Game',
  first: 'First',
  latest: 'Latest',
  longest: 'Longest',
  oftenWith: 'Often with',
  mostBy: 'Most clips by',
  watchingAll: 'Everclip is watching every channel that its bot can read',
  /** From the README. */
  backfill: `temporal workflow start --type backfill --task-queue clips \\
  --workflow-id backfill-… --input '{"channelId":"…"}'`,
  newClips: 'new clips appear here within seconds.',
} as const;

/** The lengths that the menu offers, as the filters `longer` and `shorter` read them. */
export const LENGTHS: readonly { value: string; label: string }[] = [
  { value: '10s', label: '10 seconds' },
  { value: '30s', label: '30 seconds' },
  { value: '1m', label: '1 minute' },
  { value: '5m', label: '5 minutes' },
];

/** `name` is that of a person, a channel or a game. */
export function searchInText(name: string): string {
  return `Search in ${name}`;
}

export function showMoreText(clips: number): string {
  return `Show ${number.format(clips)} more`;
}

/** A count of MAX_COUNT means more than MAX_COUNT - 1. */
export function shownText(shown: number, count: number): string {
  const max = MAX_COUNT - 1;
  const total = count > max ? `${number.format(max)}+` : number.format(count);
  return `${number.format(shown)} of ${total}`;
}

export function yearsAgoText(years: number): string {
  return years === 1 ? '1 year ago' : `${years} years ago`;
}

/** `channels` are names such as `#clips`. Other filters are named only if there is no channel. */
export function noMatchText(
  text: string,
  channels: readonly string[],
  hasOtherFilters: boolean,
): string {
  if (text === '') return 'Nothing matches these filters.';
  const others = hasOtherFilters ? ' with these filters' : '';
  const place = channels.length === 0 ? others : ` in ${channels.join(', ')}`;
  return `Nothing matches “${text}”${place}.`;
}

/** `channels` are the names of the watched channels; empty if Everclip watches all that its bot can read. */
export function firstRunText(channels: readonly string[]): string {
  const watching =
    channels.length === 0 ? LIST_WORDS.watchingAll : `Everclip is watching ${listOf(channels)}`;
  return `No clips yet. ${watching}; ${LIST_WORDS.newClips}`;
}

const list = new Intl.ListFormat('en', { type: 'conjunction' });

function listOf(names: readonly string[]): string {
  return list.format(names);
}

const HOUR_SECONDS = 3600;
const MINUTE_SECONDS = 60;

/** Returns the length of all clips together, such as `3.2 hours`. */
export function totalLengthText(seconds: number): string {
  if (seconds < MINUTE_SECONDS) return `${Math.round(seconds)} seconds`;
  if (seconds < HOUR_SECONDS) return `${Math.round(seconds / MINUTE_SECONDS)} minutes`;
  const hours = seconds / HOUR_SECONDS;
  return `${hours < 10 ? hours.toFixed(1) : number.format(Math.round(hours))} hours`;
}

export function clipsText(count: number): string {
  return count === 1 ? '1 clip' : `${number.format(count)} clips`;
}

/** Stands for the names of watched channels. */
export function watchedText(channels: number): string {
  return channels === 1 ? 'one channel' : `${number.format(channels)} channels`;
}
