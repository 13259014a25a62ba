import type { CatalogState } from '../../../catalog/catalog.ts';
import { isSame, listAddress, type ListPlace } from '../../search/list-place.ts';
import type { Filter, Search } from '../../search/parse-search.ts';
import { WORDS } from '../../words.ts';
import { firstRunText, LIST_WORDS, noMatchText } from '../../words/list.ts';

export interface EmptyProps {
  search: Search;
  place: ListPlace;
  state: CatalogState;
  seesEverything: boolean;
  isSearch: boolean;
  /** The names of the channels that Everclip watches; empty if it watches all. */
  watched: readonly string[];
  labelOf: (filter: Filter) => string;
}

/** What a page says if there is no clip to show. */
export function Empty(props: EmptyProps) {
  const { state, seesEverything, isSearch, watched } = props;
  if (isSearch) return <NoMatch {...props} />;
  // While the library is being rebuilt, the notice says why the list is empty.
  if (state.isIncomplete) return null;
  if (!seesEverything) {
    return (
      <div class="empty">
        <p>{WORDS.nothingPublic}</p>
      </div>
    );
  }
  return (
    <div class="empty">
      <p>{firstRunText(watched)}</p>
      <p>{WORDS.firstRunHint}</p>
      <code>{LIST_WORDS.backfill}</code>
    </div>
  );
}

function NoMatch({ search, place, labelOf }: EmptyProps) {
  const { text, filters } = search;
  const channels = filters.filter(({ name }) => name === 'in').map(labelOf);
  const isEverywhere = filters.length === 0;
  const everywhere = listAddress({ ...search, filters: [] }, { path: '/', fixed: null });
  const canWiden = text !== '' && !isEverywhere;
  const isOnProfile = place.fixed !== null && text === '';
  const hasOthers = filters.some((each) => each.name !== 'in' && !isSame(each, place.fixed));
  const hasPlace = channels.length > 0 || !hasOthers;
  const widen = hasPlace ? LIST_WORDS.searchEverywhere : LIST_WORDS.searchWithoutFilters;
  return (
    <div class="empty">
      <p dir="auto">{noMatchText(text, channels, hasOthers)}</p>
      <a class="button primary" href={canWiden ? everywhere : isOnProfile ? place.path : '/'}>
        {canWiden ? widen : WORDS.clearFilters}
      </a>
    </div>
  );
}
