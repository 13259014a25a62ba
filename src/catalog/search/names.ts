import { sql, type Kysely } from 'kysely';
import type { ClipQuery } from '../catalog.ts';
import type { CatalogTables } from '../schema/tables.ts';
import { nameKeyOf } from '../words/words.ts';
import { withoutConditions, type WordCondition } from './ts-query.ts';

/** The channels and posters that a query means. Their names are looked up first, so a renamed channel costs nothing. */
export interface QueryNames {
  /** For each word of the query, the ids of the channels and posters with a name that fits. */
  words: NamedIds[];
  /** The same for each word that the clips must not have. */
  without: NamedIds[];
  /** Null if the query has no such filter. */
  from: string[] | null;
  in: string[] | null;
  /** The channels whose clips the reader may see; null for all. */
  audience: string[] | null;
}

/** The channels and posters with a name that fits a word. */
export interface NamedIds {
  channels: string[];
  posters: string[];
}

/** More values than anybody types. */
const MAX_VALUES = 20;
const MAX_VALUE_LENGTH = 100;

/** Returns the values of a filter without empty values; null if the query has no such filter. */
export function valuesOf(values: readonly string[] | undefined): string[] | null {
  const texts = (values ?? [])
    .slice(0, MAX_VALUES)
    .map((value) =>
      value
        .slice(0, MAX_VALUE_LENGTH)
        .replace(/\0|\p{Cs}/gu, '')
        .trim(),
    )
    .filter((value) => value !== '');
  return texts.length === 0 ? null : texts;
}

/** Looks up the names of a query. Reads nothing if the query has no names. */
export async function findNames(
  db: Kysely<CatalogTables>,
  query: ClipQuery,
  words: readonly WordCondition[],
): Promise<QueryNames> {
  const from = valuesOf(query.from);
  const inChannels = valuesOf(query.in);
  const listed = query.audience.everything ? null : [...query.audience.channelIds];
  const without = withoutConditions(query.without).words;
  const lookedUp = [...words, ...without];
  const found = lookedUp.map((): NamedIds => ({ channels: [], posters: [] }));
  const names: QueryNames = {
    words: found.slice(0, words.length),
    without: found.slice(words.length),
    // An id counts even if the catalog has no name for it.
    from,
    in: inChannels,
    audience: listed,
  };
  if (lookedUp.length === 0 && from === null && inChannels === null && listed === null)
    return names;
  const tsQueries = lookedUp.map(({ tsQuery }) => tsQuery);
  const { rows } = await sql<{ kind: string; at: number; id: string }>`
    select kind, at, id from find_names(${tsQueries}::text[]::tsquery[], ${from?.map(nameKeyOf) ?? null}::text[],
      ${from}::text[], ${inChannels?.map(nameKeyOf) ?? null}::text[], ${inChannels}::text[],
      ${listed !== null})`.execute(db);
  for (const { kind, at, id } of rows) {
    if (kind === 'channel') found[at]?.channels.push(id);
    else if (kind === 'poster') found[at]?.posters.push(id);
    else if (kind === 'from') names.from?.push(id);
    else if (kind === 'in') names.in?.push(id);
    else names.audience?.push(id);
  }
  return names;
}
