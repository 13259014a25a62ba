import { sql, type Kysely } from 'kysely';
import { BoundedMap } from '../../bounded-map.ts';
import type { CatalogTables } from '../schema/tables.ts';
import { meantBy } from '../words/typos.ts';

/** Candidates for one word, the most similar first. The word that was meant is nearly always among the first ten. */
const MAX_CANDIDATES = 200;
/** Words that one word may have meant. */
const MAX_MEANINGS = 8;
/** As long as the library remembers suggested names, in milliseconds. Another process may add words meanwhile. */
const REMEMBERED_MS = 10_000;
const MAX_REMEMBERED = 1000;

/**
 * The words of the catalog that typed words may have meant. A reader who adds a word, a filter or a letter asks for the
 * same typing errors again, so the words are remembered for 10 s.
 */
export class Meanings {
  readonly #now: () => number;
  readonly #remembered: BoundedMap<string, { words: string[]; untilMs: number }>;

  /** `now` returns milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
    this.#remembered = new BoundedMap(MAX_REMEMBERED, ({ untilMs }) => untilMs <= now());
  }

  /** Returns the words that each of `typed` may have meant. */
  async find(db: Kysely<CatalogTables>, typed: readonly string[]): Promise<Map<string, string[]>> {
    const found = new Map<string, string[]>();
    for (const text of typed) {
      const known = this.#remembered.get(text);
      if (known !== undefined && known.untilMs > this.#now()) found.set(text, known.words);
    }
    const unknown = typed.filter((text) => !found.has(text));
    if (unknown.length === 0) return found;
    const { rows } = await sql<{ typed: string; word: string }>`
      select t.typed, w.word from json_array_elements_text(${JSON.stringify(unknown)}::json) as t(typed)
      cross join lateral similar_words(t.typed, ${MAX_CANDIDATES}) as w(word)`.execute(db);
    for (const text of unknown) {
      const candidates = rows.filter((row) => row.typed === text).map(({ word }) => word);
      const words = meantBy(text, candidates, MAX_MEANINGS);
      found.set(text, words);
      this.#remembered.set(text, { words, untilMs: this.#now() + REMEMBERED_MS });
    }
    return found;
  }

  /** Forgets everything, because the catalog may have new words. */
  forget(): void {
    this.#remembered.clear();
  }
}
