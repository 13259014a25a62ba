import type { CatalogClip } from '../../../catalog/catalog.ts';
import type { Filter, Search } from '../../search/parse-search.ts';
import { SORT_NAMES } from '../../words.ts';
import { channelName, posterName } from '../format.ts';

/** Names the order of a list, such as `Newest, #clips`. `clips` are clips that may know the names of ids. */
export function orderText(search: Search, clips: readonly CatalogClip[]): string {
  const { sort, text, filters } = search;
  return [
    SORT_NAMES[sort],
    ...(text === '' ? [] : [`“${text}”`]),
    ...filters.map((filter) => filterText(filter, clips)),
  ].join(', ');
}

function filterText({ name, value }: Filter, clips: readonly CatalogClip[]): string {
  if (name === 'is' || name === 'game') return value;
  if (name === 'in') {
    const channel = clips.find((clip) => clip.channel.id === value)?.channel;
    return channel === undefined ? `#${value}` : channelName(channel);
  }
  if (name === 'from') {
    const poster = clips.find((clip) => clip.poster.id === value)?.poster;
    return poster === undefined ? value : posterName(poster);
  }
  return `${name} ${value}`;
}
