import type { CatalogClip, CatalogState, ClipPage, Facets } from '../../catalog/catalog.ts';
import { MAX_COUNT } from '../../catalog/catalog.ts';
import type { LibrarySettings } from '../../config/settings.ts';
import { CLIPS_PER_PAGE, isSame, listAddress, orderParameters } from '../search/list-place.ts';
import type { ListPlace } from '../search/list-place.ts';
import type { Filter, Search } from '../search/parse-search.ts';
import { incompleteText, WORDS } from '../words.ts';
import { LIST_WORDS, searchInText, showMoreText, shownText } from '../words/list.ts';
import { Card, type CardContext } from './card.tsx';
import { Icon } from './icon.tsx';
import { Layout } from './layout.tsx';
import { Bar } from './list/bar.tsx';
import { DayStrip, type Day } from './list/day-strip.tsx';
import { Empty } from './list/empty.tsx';
import { ListHead } from './list/head.tsx';
import { ProfileHeader, type Profile } from './list/profile.tsx';

export interface ListPageProps {
  settings: Pick<LibrarySettings, 'name' | 'timeZone' | 'url'>;
  search: Search;
  place: ListPlace;
  page: ClipPage;
  state: CatalogState;
  /** True if the reader may see every clip. */
  seesEverything: boolean;
  /** Epoch milliseconds. */
  nowMs: number;
  /** Null while the menu of filters is closed. */
  facets: Facets | null;
  /** Null if there is nothing to show. */
  day: Day | null;
  /** Null if the page is about nobody. */
  profile: Profile | null;
  /** The names of the channels that Everclip watches; empty if it watches all. */
  watched: readonly string[];
  /** Returns how a filter is shown, because links filter by id. */
  labelOf: (filter: Filter) => string;
}

/** The page with the clips, which is also the result of a search and the page about a poster, a channel or a game. */
export function ListPage(props: ListPageProps) {
  const { settings, search, place, page, day, profile } = props;
  const { text, filters, sort } = search;
  const isSearch = text !== '' || filters.length > 0;
  const order = orderParameters(search);
  const title = profile?.name ?? (text === '' ? null : text);
  return (
    <Layout
      name={settings.name}
      title={title}
      head={<ListHead {...{ settings, search, place, title }} />}
      text={text}
      kept={[
        ...filters.filter((filter) => !isSame(filter, place.fixed)),
        ...(sort === 'newest' ? [] : [{ name: 'sort', value: sort }]),
      ]}
      // A script can search while the reader types only if the page stays.
      searchPath={place.path}
      {...(profile !== null && { searchLabel: searchInText(profile.name) })}
      randomPath={listAddress(search, { path: '/random', fixed: null })}
    >
      <Notices {...props} />
      {profile === null ? (
        <h1 class="hidden">{LIST_WORDS.allClips}</h1>
      ) : (
        <ProfileHeader profile={profile} timeZone={settings.timeZone} order={order} />
      )}
      <div id="results" data-search={order} data-path={place.path}>
        {page.count > 0 || isSearch ? <Bar {...props} count={page.count} /> : null}
        {page.clips.length === 0 ? <Empty {...props} isSearch={isSearch} /> : null}
        {day === null ? (
          <Results {...props} order={order} />
        ) : (
          <div class="listing">
            <DayStrip day={day} />
            <Results {...props} order={order} />
          </div>
        )}
        <More search={search} place={place} page={page} />
        {page.closeMatches.length === 0 ? null : (
          <section class="close" aria-labelledby="close">
            <h2 id="close">{WORDS.closeMatches}</h2>
            {/* A close match has no place in the order of the list. */}
            <Cards clips={page.closeMatches} context={contextOf(props, '')} />
          </section>
        )}
      </div>
    </Layout>
  );
}

function contextOf({ settings, search, place, nowMs }: ListPageProps, order: string): CardContext {
  const { limit, shownBefore, uncoveredId } = place;
  return {
    timeZone: settings.timeZone,
    nowMs,
    order,
    uncoveredId,
    uncoverPath: (id) =>
      listAddress(search, place, {
        cursor: search.cursor,
        shown: shownBefore === 0 ? null : String(shownBefore),
        count: limit === CLIPS_PER_PAGE ? null : String(limit),
        show: id,
      }),
  };
}

function Notices({ search, state, seesEverything }: ListPageProps) {
  const notices: string[] = [];
  if (state.isIncomplete) notices.push(incompleteText(state, seesEverything));
  if (search.isCut) notices.push(WORDS.queryCut);
  if (search.hasIgnored) notices.push(WORDS.ignoredFilter);
  return (
    <>
      {notices.map((notice) => (
        <p class="notice">
          <Icon name="triangle-alert" />
          {notice}
        </p>
      ))}
    </>
  );
}

function Results(props: ListPageProps & { order: string }) {
  const { clips } = props.page;
  if (clips.length === 0) return null;
  return <Cards id="cards" clips={clips} context={contextOf(props, props.order)} />;
}

function Cards({ id, clips, context }: CardsProps) {
  return (
    <ul {...(id !== undefined && { id })} class="grid" role="list">
      {clips.map((clip, at) => (
        <li>
          <Card clip={clip} context={context} at={at} />
        </li>
      ))}
    </ul>
  );
}

interface CardsProps {
  id?: string;
  clips: readonly CatalogClip[];
  context: CardContext;
}

/** The link to the next clips, and how many of how many the reader has seen. */
function More({ search, place, page }: Pick<ListPageProps, 'search' | 'place' | 'page'>) {
  const shown = place.shownBefore + page.clips.length;
  if (page.next === null) return null;
  const isExact = page.count < MAX_COUNT;
  const rest = isExact ? Math.min(CLIPS_PER_PAGE, page.count - shown) : CLIPS_PER_PAGE;
  const path = listAddress(search, place, { cursor: page.next, shown: String(shown) });
  return (
    <p id="more-clips" class="more">
      <a id="more" class="button" href={path} rel="next nofollow" data-shown={shown}>
        {showMoreText(rest > 0 ? rest : CLIPS_PER_PAGE)}
      </a>
      <span>{shownText(shown, page.count)}</span>
    </p>
  );
}
