import { sql, type Kysely } from 'kysely';
import type { ClipQuery, ClipSummary, Facet } from '../catalog.ts';
import type { CatalogTables } from '../schema/tables.ts';
import { allOf, filtersOf } from './conditions.ts';
import { findNames } from './names.ts';
import { readClips } from './pages.ts';

/** More names than these help nobody. */
const MAX_PEOPLE = 5;
/** The people come from the newest clips. All clips of a busy channel are on most pages of the table. */
const CLIPS_WITH_PEOPLE = 500;
/** Of the names in these clips, the most frequent are looked up. Some people have several names, and some are nobody. */
const NAMES_LOOKED_UP = 50;

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
 * Numbers and posters come from all clips. The indexes of channels, posters and games contain what they need, so no clip
 * is read for them. The first, the latest and the longest clip are found by their time and length, because the index of
 * an order may have all other clips first.
 *
 * The people come from the players and the mentions of the newest clips, as far as they are posters whose clips the
 * reader may see. A name that several posters have had counts for nobody. Ids of posters have the collation C, and the
 * index of clips by poster has another one.
 */
export async function describeClips(
  db: Kysely<CatalogTables>,
  query: ClipQuery,
): Promise<ClipSummary | null> {
  const names = await findNames(db, query, []);
  const { audience, showDeleted = false } = query;
  const isSeen = allOf(filtersOf({ audience, showDeleted }, { ...names, from: null, in: null }));
  const matches = allOf(filtersOf(query, names));
  // A page about a channel or a game shows no people.
  const hasPeople = query.from !== undefined;
  const { rows } = await sql<SummaryRow>`
    with matching as materialized (
      select c.poster_key, c.posted_at_ms, c.seconds from clips c where ${matches}),
    total as materialized (
      select count(*)::float8 as count, coalesce(sum(seconds) filter (where seconds > 0), 0) as seconds,
        max(seconds) filter (where seconds > 0) as longest,
        min(posted_at_ms) as first_ms, max(posted_at_ms) as latest_ms,
        (select posted_at_ms from matching order by posted_at_ms desc offset ${CLIPS_WITH_PEOPLE - 1} limit 1)
          as people_from_ms
      from matching),
    posters_of_clips as (
      select poster_key as value, count(*)::integer as count from matching
      group by poster_key order by count desc, value limit ${MAX_PEOPLE}),
    newest as materialized (
      select c.id, c.poster_key, c.people from clips c
      where ${matches} and c.posted_at_ms >= (select coalesce(people_from_ms, first_ms) from total)
      order by c.posted_at_ms + 0 desc limit ${CLIPS_WITH_PEOPLE}),
    persons as materialized (
      select person from newest cross join unnest(people) as person where ${sql.lit(hasPeople)}
      group by person order by count(*) desc, person limit ${NAMES_LOOKED_UP}),
    known as (
      select person, p.id from persons join posters p on p.id = person
      union
      select person, min(p.id) from persons join posters p on p.name_keys @> array[person]
      group by person having count(*) = 1),
    people_of_clips as (
      select k.id as value, count(distinct m.id)::integer as count
      from newest m cross join unnest(m.people) as named(person) join known k on k.person = named.person
      where k.id <> m.poster_key and exists (select from clips c where c.poster_key = k.id collate "default" and ${isSeen})
      group by k.id order by count desc, value limit ${MAX_PEOPLE}),
    labelled as (
      select kind, value, count, coalesce(p.display_name,
          (select c.username from clips c where c.poster_key = value collate "default" and ${isSeen}
            order by c.posted_at_ms desc, c.id desc limit 1), value) as label
      from (select 'posters' as kind, * from posters_of_clips
        union all select 'people', * from people_of_clips) counted
      left join posters p on p.id = value)
    select t.count, t.seconds,
      (select c.id from clips c where c.posted_at_ms = t.first_ms and ${matches} order by c.id limit 1) as first,
      (select c.id from clips c where c.posted_at_ms = t.latest_ms and ${matches} order by c.id desc limit 1) as latest,
      (select c.id from clips c where c.seconds = t.longest and ${matches} order by c.id limit 1) as longest,
      ${facetsOf('posters')} as posters,
      ${facetsOf('people')} as people
    from total t`.execute(db);
  const [row] = rows;
  if (!row || row.first === null || row.latest === null) return null;
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
