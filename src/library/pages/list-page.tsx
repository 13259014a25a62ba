import {
  MAX_COUNT,
  SORTS,
  type CatalogClip,
  type CatalogState,
  type ClipPage,
} from '../../catalog/catalog.ts';
import type { LibrarySettings } from '../../config/settings.ts';
import { FeedLink } from '../feed/feed-link.tsx';
import { listPath, type Filter, type Search } from '../search/parse-search.ts';
import { countText, noMatchText, incompleteText, SORT_NAMES, WORDS } from '../words.ts';
import { Card } from './card.tsx';
import { channelName, posterName } from './format.ts';
import { Layout } from './layout.tsx';

export interface ListPageProps {
  settings: Pick<LibrarySettings, 'name' | 'timeZone'>;
  search: Search;
  page: ClipPage;
  state: CatalogState;
  /** True if the reader may see every clip. */
  seesEverything: boolean;
}

/** The page with the clips, which is also the result of a search. */
export function ListPage(props: ListPageProps) {
  const { settings, search, page } = props;
  const { text, filters, sort } = search;
  const { timeZone } = settings;
  const isSearch = text !== '' || filters.length > 0;
  const sorting = sort === 'newest' ? [] : [{ name: 'sort', value: sort }];
  return (
    <Layout
      name={settings.name}
      title={text === '' ? null : text}
      text={text}
      kept={[...filters, ...sorting]}
      isWide
      script="grid.js"
      head={<FeedLink search={search} />}
    >
      <Notices {...props} />
      {page.count > 0 || isSearch ? (
        <div class="bar">
          {filters.map((filter) => (
            <Chip filter={filter} search={search} clips={page.clips} />
          ))}
          <span role="status">{countText(page.count, MAX_COUNT - 1)}</span>
          <SortForm search={search} />
        </div>
      ) : null}
      {page.clips.length === 0 ? <Empty {...props} isSearch={isSearch} /> : null}
      <Cards clips={page.clips} timeZone={timeZone} />
      {page.next === null ? null : (
        <p class="more">
          <a class="button" href={listPath(search, page.next)} rel="next nofollow">
            {WORDS.showMore}
          </a>
        </p>
      )}
      {page.closeMatches.length === 0 ? null : (
        <section aria-labelledby="close">
          <h2 id="close" class="close">
            {WORDS.closeMatches}
          </h2>
          <Cards clips={page.closeMatches} timeZone={timeZone} />
        </section>
      )}
    </Layout>
  );
}

function Notices({ search, state, seesEverything }: ListPageProps) {
  const notices: string[] = [];
  if (state.isIncomplete) notices.push(incompleteText(state, seesEverything));
  if (search.isCut) notices.push(WORDS.queryCut);
  if (search.hasIgnored) notices.push(WORDS.ignoredFilter);
  return (
    <>
      {notices.map((notice) => (
        <p class="notice">{notice}</p>
      ))}
    </>
  );
}

function Cards({ clips, timeZone }: { clips: readonly CatalogClip[]; timeZone: string }) {
  return clips.length === 0 ? null : (
    <ul class="grid">
      {clips.map((clip, at) => (
        <li>
          <Card clip={clip} timeZone={timeZone} at={at} />
        </li>
      ))}
    </ul>
  );
}

/** A condition of the search, as a link that removes the condition. */
function Chip({ filter, search, clips }: { filter: Filter; search: Search; clips: CatalogClip[] }) {
  const filters = search.filters.filter((other) => other !== filter);
  const label = `${filter.name} ${shownValue(filter, clips)}`;
  return (
    <a
      class="chip"
      href={listPath({ ...search, filters })}
      dir="auto"
      aria-label={`Remove ${label}`}
    >
      {`${label} ×`}
    </a>
  );
}

/** Links filter by id. The clips on the page know the names of the ids. */
function shownValue({ name, value }: Filter, clips: readonly CatalogClip[]): string {
  const poster = clips.find((clip) => clip.poster.id === value)?.poster;
  if (name === 'from' && poster !== undefined) return posterName(poster);
  const channel = clips.find((clip) => clip.channel.id === value)?.channel;
  return name === 'in' && channel !== undefined ? channelName(channel) : value;
}

function SortForm({ search: { text, filters, sort } }: { search: Search }) {
  const kept = text === '' ? filters : [{ name: 'q', value: text }, ...filters];
  return (
    <form action="/" method="get">
      {kept.map(({ name, value }) => (
        <input type="hidden" name={name} value={value} />
      ))}
      <select name="sort" aria-label={WORDS.sort}>
        {SORTS.map((name) => (
          <option value={name} selected={name === sort}>
            {SORT_NAMES[name]}
          </option>
        ))}
      </select>
      <button type="submit">{WORDS.sort}</button>
    </form>
  );
}

function Empty({ search, state, seesEverything, isSearch }: ListPageProps & { isSearch: boolean }) {
  if (isSearch) {
    return (
      <div class="empty">
        <p dir="auto">{noMatchText(search.text)}</p>
        <a class="button primary" href="/">
          {WORDS.clearFilters}
        </a>
      </div>
    );
  }
  // While the library is being rebuilt, the notice says why the list is empty.
  if (state.isIncomplete) return null;
  if (!seesEverything) return <p class="empty">{WORDS.nothingPublic}</p>;
  return (
    <div class="empty">
      <p>{WORDS.firstRun}</p>
      <p>{WORDS.firstRunHint}</p>
    </div>
  );
}
