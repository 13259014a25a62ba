import { sql, type Kysely } from 'kysely';
import type { ClipQuery, ClipSummary, Facet } from '../catalog.ts';
import type { CatalogTables } from '../schema/tables.ts';
import { allOf, filtersOf } from './conditions.ts';
import { findNames } from './names.ts';
import { readClips } from './pages.ts';

/** More names than these help nobody. */
const MAX_PEOPLE = 5;

interface SummaryRow {
  count: number;
  seconds: number;
  first: string | null;
  latest: string | null;
  longest: string | null;
  posters: Facet[] | null;
  people: Facet[] | null;
}

/**
 * Describes all clips that match the filters of a query; null if there are none. The text of the query does not count.
 *
 * The people come from the players and the mentions of the clips, as far as they are posters whose clips the reader may
 * see. A name that several posters have had counts for nobody.
 *
 * Ids of posters have the collation C. The index of clips by poster has another one, and is of use only with that one.
 */
export async function describeClips(
  db: Kysely<CatalogTables>,
  query: ClipQuery,
): Promise<ClipSummary | null> {
  const names = await findNames(db, query, []);
  const { audience, showDeleted = false } = query;
  const isSeen = allOf(filtersOf({ audience, showDeleted }, { ...names, from: null, in: null }));
  // The clips of a busy channel name thousands of people, and a page about a channel or a game shows none of them.
  const hasPeople = query.from !== undefined;
  const { rows } = await sql<SummaryRow>`
    with matching as materialized (
      select c.id, c.poster_key, c.people, c.posted_at_ms, c.seconds from clips c
      where ${allOf(filtersOf(query, names))}),
    posters_of_clips as (
      select poster_key as value, count(*)::integer as count from matching
      group by poster_key order by count desc, value limit ${MAX_PEOPLE}),
    persons as materialized (
      select distinct person from matching cross join unnest(people) as person where ${sql.lit(hasPeople)}),
    named as (
      select person, p.id from persons join posters p on p.id = person
      union
      select person, min(p.id) from persons join posters p on p.name_keys @> array[person]
      group by person having count(*) = 1),
    seen as materialized (
      select id from (select distinct id from named) each
      where (select true from clips c where c.poster_key = each.id collate "default" and ${isSeen} limit 1)),
    known as materialized (select person, id from named join seen using (id)),
    people_of_clips as (
      select k.id as value, count(distinct m.id)::integer as count
      from matching m cross join unnest(m.people) as each(person) join known k on k.person = each.person
      where k.id <> m.poster_key
      group by k.id order by count desc, value limit ${MAX_PEOPLE}),
    labelled as (
      select kind, value, count, coalesce(p.display_name,
          (select c.username from clips c where c.poster_key = value collate "default" and ${isSeen}
            order by c.posted_at_ms desc, c.id desc limit 1), value) as label
      from (select 'posters' as kind, * from posters_of_clips
        union all select 'people', * from people_of_clips) counted
      left join posters p on p.id = value)
    select count(*)::float8 as count, coalesce(sum(seconds) filter (where seconds > 0), 0) as seconds,
      (select id from matching order by posted_at_ms, id limit 1) as first,
      (select id from matching order by posted_at_ms desc, id desc limit 1) as latest,
      (select id from matching where seconds > 0 order by seconds desc, id limit 1) as longest,
      ${facetsOf('posters')} as posters,
      ${facetsOf('people')} as people
    from matching`.execute(db);
  const [row] = rows;
  if (row === undefined || row.first === null || row.latest === null) return null;
  const ids = [row.first, row.latest, row.longest ?? row.latest];
  const [first, latest, longest] = await readClips(
    db,
    ids.map((id) => ({ id, value: 0 })),
  );
  // A clip may be removed between the two statements.
  if (first === undefined || latest === undefined || longest === undefined) return null;
  return {
    count: row.count,
    seconds: row.seconds,
    first,
    latest,
    longest: row.longest === null ? null : longest,
    posters: row.posters ?? [],
    people: row.people ?? [],
  };
}

function facetsOf(kind: 'posters' | 'people') {
  return sql`(
    select json_agg(json_build_object('value', value, 'label', label, 'count', count) order by count desc, value)
    from labelled where kind = ${kind})`;
}
