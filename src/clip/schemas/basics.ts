// Schemas for data from outside: from people, from Discord and from the bucket. The schemas also run in the workflow
// sandbox. Each error message is the end of a sentence that begins with the field's name. An error message never
// repeats the value, because the value may be a secret.

import * as v from 'valibot';
import { isWebLink } from '../link.ts';
import { isSnowflake } from '../snowflake.ts';

export const snowflakeSchema = v.custom<string>(isSnowflake, 'is not a Discord id');
/** The id of a user. Some compatible servers have users with short ids, such as 0 and 1. */
export const userIdSchema = v.pipe(
  v.string('is not a Discord id'),
  v.regex(/^\d{1,20}$/, 'is not a Discord id'),
);
/** Discord's links have about 300 characters, so this limit leaves plenty of room. */
const MAX_LINK_CHARACTERS = 8192;
export const webLinkSchema = v.custom<string>(
  (value) => isWebLink(value) && value.length <= MAX_LINK_CHARACTERS,
  'is not an http(s) link',
);
export const textSchema = v.string('is not a text');
export const switchSchema = v.boolean('is not true or false');
/** A duration, a size or a time. */
export const quantitySchema = v.pipe(
  v.number('is not a number'),
  v.finite('is not a number'),
  v.minValue(0, 'is negative'),
);

/** An object without its unknown fields. */
export function objectOf<E extends v.ObjectEntries>(entries: E) {
  return v.object(entries, ({ path }) => (path ? 'is missing' : 'is not an object'));
}

/** A field that is left out if its value is invalid. */
export function optionalOf<S extends v.GenericSchema>(schema: S) {
  return v.fallback(v.optional(schema), undefined);
}

export type Checked<T> = { value: T; fault: null } | { value: null; fault: string };

/**
 * Checks a value against a schema, and strips its unknown fields. The fault is the second half of a sentence, such as
 * `poster.id is not a Discord id`.
 */
export function check<S extends v.GenericSchema>(
  schema: S,
  value: unknown,
): Checked<v.InferOutput<S>> {
  const { success, output, issues } = v.safeParse(schema, value, { abortEarly: true });
  if (success) return { value: output, fault: null };
  const [issue] = issues;
  return { value: null, fault: `${v.getDotPath(issue) ?? 'it'} ${issue.message}` };
}
