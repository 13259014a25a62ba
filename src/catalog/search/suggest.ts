import { sql, type Kysely } from 'kysely';
import type { Suggestion, SuggestionQuery } from '../catalog.ts';
import type { CatalogTables } from '../schema/tables.ts';
import { maxTypos, meantBy } from '../words/typos.ts';
import { nameKeyOf, queryWordsOf } from '../words/words.ts';
import { quote } from './ts-query.ts';

/** Candidates for a typing error, the most similar first. Most are words of messages. */
const MAX_SIMILAR_WORDS = 200;
const MAX_MEANINGS = 20;

/** Suggests names, see `Catalog`. Typing errors count only if no name begins with what was typed. */
export async function suggestNames(
  db: Kysely<CatalogTables>,
  query: SuggestionQuery,
): Promise<Suggestion[]> {
  const words = queryWordsOf(query.typed);
  if (words.length === 0) {
    return query.typed.trim() === '' ? await readNames(db, query, null) : [];
  }
  const begun = words.map((word) => `${quote(word)}:*`).join(' & ');
  const found = await readNames(db, query, { tsQuery: begun, keys: [nameKeyOf(query.typed)] });
  if (found.length > 0) return found;
  const meant = await meaningsOf(db, words.at(-1) ?? '');
  if (meant.length === 0) return [];
  const others = words.slice(0, -1).map((word) => `${quote(word)}:*`);
  const tsQuery = [...others, `(${meant.map(quote).join(' | ')})`].join(' & ');
  return await readNames(db, query, { tsQuery, keys: words.length === 1 ? meant : [] });
}

/** Returns the words of the catalog that a mistyped word may mean. */
async function meaningsOf(db: Kysely<CatalogTables>, typed: string): Promise<string[]> {
  if (maxTypos(typed) === 0) return [];
  const { rows } = await sql<{ word: string }>`
    select word from similar_words(${typed}, ${MAX_SIMILAR_WORDS}) as w(word)`.execute(db);
  return meantBy(
    typed,
    rows.map(({ word }) => word),
    MAX_MEANINGS,
  );
}

/** What names must fit; `keys` are beginnings of words in the names of games and players. */
interface NameCondition {
  tsQuery: string;
  keys: string[];
}

async function readNames(
  db: Kysely<CatalogTables>,
  query: SuggestionQuery,
  condition: NameCondition | null,
): Promise<Suggestion[]> {
  if (query.kinds.length === 0) return [];
  const { audience, showDeleted = false, limit } = query;
  const channels = audience.everything
    ? sql`null::text[]`
    : sql`array(select id from channels where is_public) || ${[...audience.channelIds]}::text[]`;
  const { tsQuery = null, keys = null } = condition ?? {};
  const parts = query.kinds.map(
    (kind) => sql`
      select ${kind} as kind, s.* from ${sql.raw(`suggest_${kind}`)}(${tsQuery}::tsquery, ${keys}::text[],
        ${channels}, ${showDeleted}, ${limit}::integer) s`,
  );
  const { rows } = await sql<Suggestion>`${sql.join(parts, sql` union all `)}`.execute(db);
  return rows;
}
