import { MAX_COUNT, SORTS, type Facets } from '../../../catalog/catalog.ts';
import { isSame, listAddress, type ListPlace } from '../../search/list-place.ts';
import type { Filter, Search } from '../../search/parse-search.ts';
import { countText, SORT_NAMES, WORDS } from '../../words.ts';
import { LIST_WORDS } from '../../words/list.ts';
import { Icon } from '../icon.tsx';
import { FilterMenu } from './filter-menu.tsx';

export interface BarProps {
  search: Search;
  place: ListPlace;
  count: number;
  /** Null while the menu of filters is closed. */
  facets: Facets | null;
  /** Returns how a filter is shown, because links filter by id. */
  labelOf: (filter: Filter) => string;
}

/** The filters, the count and the order of a list. */
export function Bar({ search, place, count, facets, labelOf }: BarProps) {
  const { filters } = search;
  const isOpen = facets !== null;
  return (
    <>
      <div class="bar">
        <div class="chips">
          {filters
            .filter((filter) => !isSame(filter, place.fixed))
            .map((filter) => (
              <Chip
                filter={filter}
                label={labelOf(filter)}
                href={listAddress(
                  { ...search, filters: filters.filter((o) => o !== filter) },
                  place,
                )}
              />
            ))}
          <a
            id="filter"
            class="chip add"
            href={listAddress(search, place, { filter: isOpen ? null : '1' })}
            rel="nofollow"
            role="button"
            aria-expanded={isOpen ? 'true' : 'false'}
            {...(isOpen && { 'aria-controls': 'facets' })}
          >
            <Icon name={isOpen ? 'x' : 'plus'} />
            {LIST_WORDS.filter}
          </a>
        </div>
        <p id="count">{countText(count, MAX_COUNT - 1)}</p>
        <SortMenu search={search} place={place} />
      </div>
      <div id="filter-menu">
        {isOpen ? <FilterMenu search={search} place={place} facets={facets} /> : null}
      </div>
    </>
  );
}

/** A condition of the search, as a link that removes the condition. */
function Chip({ filter, label, href }: { filter: Filter; label: string; href: string }) {
  return (
    <a
      class="chip"
      href={href}
      data-filter={filter.name}
      data-value={filter.value}
      aria-label={`${LIST_WORDS.removeFilter}: ${filter.name} ${label}`}
    >
      {/* The name of the link contains its visible text, with the space: WCAG 2.5.3. */}
      <span class="key">{filter.name}</span> <span dir="auto">{label}</span>
      <Icon name="x" />
    </a>
  );
}

function SortMenu({ search, place }: Pick<BarProps, 'search' | 'place'>) {
  return (
    <details id="sort" class="menu">
      <summary>
        <span class="hidden">{WORDS.sort}: </span>
        {SORT_NAMES[search.sort]}
        <Icon name="chevron-down" />
      </summary>
      <ul class="popover choices">
        {SORTS.map((sort) => {
          const { seed: _, ...query } = search.query;
          return (
            <li>
              <a
                href={listAddress({ ...search, query, sort }, place)}
                {...(sort === search.sort && { 'aria-current': 'true' })}
              >
                {SORT_NAMES[sort]}
              </a>
            </li>
          );
        })}
      </ul>
    </details>
  );
}
