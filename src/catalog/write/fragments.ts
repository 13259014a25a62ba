import { sql, type RawBuilder } from 'kysely';
import type { ObjectsTable } from '../schema/tables.ts';

// Parts of statements that more than one statement has.

/**
 * Keeps the versions of the objects that a statement writes, so that the reconcile does not read them again. `query`
 * returns keys and versions.
 */
export function writeVersionsFrom(query: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    insert into objects (key, version) ${query}
    on conflict (key) do update set version = excluded.version
    where objects.version <> excluded.version`;
}

/** An object with the version that the catalog had before a reconcile read the object. */
export interface ComparedObject extends ObjectsTable {
  /** Null if the catalog had no version. Absent if the change does not come from a reconcile. */
  replaces?: string | null;
}

/** As a row of JSON. SQL can't tell a null of JSON from a field that is absent. */
export function comparedRow({ key, version, replaces }: ComparedObject) {
  return { key, version, is_compared: replaces !== undefined, replaces: replaces ?? null };
}

/** Adds words to the vocabulary. Most words are known, and `on conflict` alone would lock their rows. */
export function writeVocabulary(words: readonly string[]): RawBuilder<unknown> {
  return sql`
    insert into vocabulary (word)
    select word from json_array_elements_text(${JSON.stringify(words)}::json) as i(word)
    where not exists (select from vocabulary v where v.word = i.word)
    on conflict do nothing`;
}
