import { sql, type Kysely } from 'kysely';
import { MAX_COUNT, type ClipQuery, type Facet, type Facets } from '../catalog.ts';
import type { CatalogTables } from '../schema/tables.ts';
import { queryWordsOf } from '../words/words.ts';
import { allOf, filtersOf, tokenConditions } from './conditions.ts';
import { findNames } from './names.ts';
import { tokenQueryOf } from './token-query.ts';
import { wordCondition } from './ts-query.ts';

/** A menu with more values helps nobody. */
const MAX_VALUES = 200;

type FacetRow = Facet & { kind: keyof Facets };

/**
 * Counts the clips that match by poster, channel and game, the most frequent values first. All conditions of the query
 * hold, so a filter by poster leaves only that poster.
 */
export async function countFacets(db: Kysely<CatalogTables>, query: ClipQuery): Promise<Facets> {
  const words = queryWordsOf(query.text ?? '').map((word) => wordCondition(word));
  const names = await findNames(db, query, words);
  const where = allOf([
    ...filtersOf(query, names),
    ...tokenConditions(tokenQueryOf(query, words, names)),
  ]);
  // The labels come only from clips that the reader may see.
  const isSeen = allOf(filtersOf(pickAudience(query), { ...names, from: null, in: null }));
  const { rows } = await sql<FacetRow>`
    with counted as (
      select case grouping(c.poster_key, c.channel_id, c.game_key)
          when 3 then 'posters' when 5 then 'channels' else 'games' end as kind,
        coalesce(c.poster_key, c.channel_id, c.game_key) as value, count(*) as count
      from clips c where ${where}
      group by grouping sets ((c.poster_key), (c.channel_id), (c.game_key))),
    ranked as (
      select *, row_number() over (partition by kind order by count desc, value) as place
      from counted where value <> '')
    select kind,
      case kind when 'games' then game else value end as value,
      case kind
        when 'posters' then coalesce(p.display_name,
          (select c.username from clips c where c.poster_key = value and ${isSeen}
            order by c.posted_at_ms desc, c.id desc limit 1))
        when 'channels' then coalesce(ch.name, value)
        else game end as label,
      least(count, ${MAX_COUNT})::integer as count
    from ranked r
    left join posters p on kind = 'posters' and p.id = value
    left join channels ch on kind = 'channels' and ch.id = value
    left join lateral (
      select c.game from clips c where kind = 'games' and c.game_key = value and ${isSeen}
      order by c.posted_at_ms desc, c.id desc limit 1) g on true
    where place <= ${MAX_VALUES}
    order by kind, place`.execute(db);
  return {
    posters: facetsOf(rows, 'posters'),
    channels: facetsOf(rows, 'channels'),
    games: facetsOf(rows, 'games'),
  };
}

/** Returns the query for all clips that the reader may see. */
function pickAudience({ audience, showDeleted }: ClipQuery): ClipQuery {
  return { audience, showDeleted: showDeleted === true };
}

function facetsOf(rows: readonly FacetRow[], kind: keyof Facets): Facet[] {
  return rows
    .filter((row) => row.kind === kind)
    .map(({ value, label, count }) => ({ value, label, count }));
}
