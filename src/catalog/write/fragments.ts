import { sql, type RawBuilder } from 'kysely';
import type { ObjectsTable } from '../schema/tables.ts';

// Parts of statements that more than one statement has.

/** A row with the version of the object that the row comes from. */
export type WithObject<T> = T & { object: ObjectsTable };

/** Keeps the versions of the objects that a statement writes, so that the reconcile does not read them again. */
export function writeVersions(objects: readonly ObjectsTable[]): RawBuilder<unknown> {
  return sql`
    insert into objects (key, version)
    select * from json_to_recordset(${JSON.stringify(objects)}::json) as i(key text, version text)
    on conflict (key) do update set version = excluded.version
    where objects.version <> excluded.version`;
}

/** Adds words to the vocabulary. Most words are known, and `on conflict` alone would lock their rows. */
export function writeVocabulary(words: readonly string[]): RawBuilder<unknown> {
  return sql`
    insert into vocabulary (word)
    select word from json_array_elements_text(${JSON.stringify(words)}::json) as i(word)
    where not exists (select from vocabulary v where v.word = i.word)
    on conflict do nothing`;
}
