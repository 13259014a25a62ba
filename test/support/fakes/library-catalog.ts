import {
  CatalogUnavailable,
  MAX_COUNT,
  type Audience,
  type CatalogClip,
  type CatalogState,
  type ClipPage,
  type ClipQuery,
  type ClipSummary,
  type Facets,
  type Neighbours,
  type Suggestion,
  type SuggestionQuery,
} from '../../../src/catalog/catalog.ts';
import type { ReadableCatalog } from '../../../src/library/ports.ts';

/** A catalog in memory. Its search knows enough for the pages: audiences, posters, channels, titles and cursors. */
export interface FakeCatalog extends ReadableCatalog {
  /** The clips in the order of the list. */
  clips: CatalogClip[];
  oldIds: Map<string, string>;
  state: CatalogState;
  /** The version of the content; null if each reader sees another one. */
  contentVersion: number | null;
  closeMatches: CatalogClip[];
  facets: Facets;
  /** The people in every description of clips. */
  people: Pick<ClipSummary, 'people' | 'posters'>;
  /** If this is not null, every method throws it. */
  fault: Error | null;
  /** The queries of all searches. */
  readonly queries: ClipQuery[];
  /** What `suggest` finds if the query asks for the kind. */
  suggestions: Suggestion[];
  readonly suggestionQueries: SuggestionQuery[];
  /** The number of calls of `findLink`. */
  readonly linkCalls: () => number;
}

export function createFakeCatalog(clips: CatalogClip[] = []): FakeCatalog {
  let linkCalls = 0;
  let versions = 0;
  const check = () => {
    if (catalog.fault !== null) throw catalog.fault;
  };
  const find = (id: string) => catalog.clips.find((clip) => clip.id === id) ?? null;
  const listed = (audience: Audience) =>
    catalog.clips.filter((clip) => clip.status === 'live' && isSeen(clip, audience));
  const catalog: FakeCatalog = {
    clips,
    oldIds: new Map(),
    state: { clips: clips.length, reconcile: null, isIncomplete: false },
    closeMatches: [],
    facets: { posters: [], channels: [], games: [] },
    people: { people: [], posters: [] },
    fault: null,
    contentVersion: null,
    queries: [],
    suggestions: [],
    suggestionQueries: [],
    linkCalls: () => linkCalls,
    async findClip(id) {
      check();
      return find(id);
    },
    async findLink(id) {
      linkCalls++;
      check();
      return find(id);
    },
    async findOldId(hex) {
      check();
      return catalog.oldIds.get(hex) ?? null;
    },
    async search(query, { after = '0', limit }): Promise<ClipPage> {
      check();
      catalog.queries.push(query);
      const found = catalog.clips.filter((clip) => matches(clip, query));
      const from = Number(after);
      const end = from + limit;
      return {
        clips: found.slice(from, end),
        next: end < found.length ? String(end) : null,
        count: Math.min(found.length, MAX_COUNT),
        closeMatches: catalog.closeMatches.filter((clip) => isSeen(clip, query.audience)),
      };
    },
    async listLive(audience, { after, limit }) {
      check();
      const clips = listed(audience)
        .filter(({ id }) => id > (after ?? ''))
        .sort((a, b) => (a.id < b.id ? -1 : 1))
        .slice(0, limit)
        .map((clip) => ({ clip, recordedName: clip.poster.username }));
      return { clips, next: clips.length < limit ? null : (clips.at(-1)?.clip.id ?? null) };
    },
    async listRecordedPosters(audience) {
      check();
      const posters = new Map(listed(audience).map(({ poster }) => [poster.username, poster]));
      return [...posters]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([recordedName, poster]) => ({ recordedName, poster }));
    },
    async countFacets() {
      check();
      return catalog.facets;
    },
    async describe(query) {
      check();
      const found = catalog.clips.filter((clip) => matches(clip, query));
      const [latest] = found;
      const first = found.at(-1);
      if (latest === undefined || first === undefined) return null;
      const seconds = found.reduce((sum, clip) => sum + (clip.durationSeconds ?? 0), 0);
      return { count: found.length, seconds, first, latest, longest: latest, ...catalog.people };
    },
    async findOnDays({ audience, days }) {
      check();
      return days.flatMap(({ fromMs, toMs }) =>
        catalog.clips.filter(
          (clip) => isSeen(clip, audience) && clip.postedAtMs >= fromMs && clip.postedAtMs < toMs,
        ),
      );
    },
    async findNeighbours(query, clipId, limit): Promise<Neighbours> {
      check();
      catalog.queries.push(query);
      const at = catalog.clips.findIndex((clip) => clip.id === clipId);
      if (at === -1) return { previous: null, next: [] };
      const isFound = (clip: CatalogClip) => matches(clip, query);
      return {
        previous: catalog.clips.slice(0, at).findLast(isFound) ?? null,
        next: catalog.clips
          .slice(at + 1)
          .filter(isFound)
          .slice(0, limit),
      };
    },
    async findAvatar(id, audience) {
      check();
      const isTheirs = (clip: CatalogClip) => clip.poster.id === id && matches(clip, { audience });
      return catalog.clips.find(isTheirs)?.poster.avatar ?? null;
    },
    async suggest(query) {
      check();
      catalog.suggestionQueries.push(query);
      return catalog.suggestions.filter(({ kind }) => query.kinds.includes(kind));
    },
    async readState() {
      check();
      return catalog.state;
    },
    async isComplete() {
      check();
      return !catalog.state.isIncomplete;
    },
    async readContentVersion() {
      check();
      return catalog.contentVersion ?? --versions;
    },
  };
  return catalog;
}

export function catalogDown(): CatalogUnavailable {
  return new CatalogUnavailable('the database does not answer');
}

function matches(clip: CatalogClip, query: ClipQuery): boolean {
  if (!isSeen(clip, query.audience)) return false;
  if (clip.status === 'purged' || (clip.status === 'deleted' && !query.showDeleted)) return false;
  if (query.from !== undefined && !query.from.includes(clip.poster.id)) return false;
  if (query.game !== undefined && !query.game.includes(clip.game ?? '')) return false;
  if (query.in !== undefined && !query.in.includes(clip.channel.id)) return false;
  return clip.title.toLowerCase().includes((query.text ?? '').toLowerCase());
}

function isSeen(clip: CatalogClip, audience: Audience): boolean {
  return audience.everything || clip.isPublic || audience.channelIds.includes(clip.channelId);
}
