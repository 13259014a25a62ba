import { sql, type RawBuilder } from 'kysely';
import type { ClipQuery } from '../catalog.ts';
import { nameKeyOf } from '../words/words.ts';
import { valuesOf, type QueryNames } from './names.ts';
import type { TokenQuery } from './token-query.ts';

export type Condition = RawBuilder<unknown>;

/** Joins conditions; true if there are none. */
export function allOf(conditions: readonly Condition[]): Condition {
  return conditions.length === 0 ? sql`true` : sql.join(conditions, sql` and `);
}

/**
 * Returns the conditions on `clips c` for the filters of a query. Purged clips are never listed. Stopped and unreachable
 * clips are, because their messages still exist.
 */
export function filtersOf(query: ClipQuery, names: QueryNames): Condition[] {
  const people = valuesOf(query.with);
  const games = valuesOf(query.game);
  const conditions: (Condition | null)[] = [
    query.showDeleted === true
      ? sql`c.status <> 'purged'`
      : sql`c.status not in ('deleted', 'purged')`,
    names.audience && isAnyOf(sql`c.channel_id`, names.audience),
    names.in && isAnyOf(sql`c.channel_id`, names.in),
    names.from && isAnyOf(sql`c.poster_key`, names.from),
    people && sql`c.people && ${people.flatMap((name) => [name, nameKeyOf(name)])}::text[]`,
    games && isAnyOf(sql`c.game_key`, games.map(nameKeyOf)),
    finite(query.beforeMs, (ms) => sql`c.posted_at_ms < ${ms}`),
    finite(query.afterMs, (ms) => sql`c.posted_at_ms >= ${ms}`),
    finite(query.longerSeconds, (seconds) => sql`c.seconds >= greatest(${seconds}::float8, 0)`),
    finite(query.shorterSeconds, (seconds) => sql`c.seconds >= 0 and c.seconds <= ${seconds}`),
    flag(query.isVertical, sql`c.is_vertical`),
    flag(query.isSilent, sql`c.is_silent`),
    flag(query.isSpoiler, sql`c.is_spoiler`),
  ];
  return conditions.filter((condition) => condition !== null);
}

/** Returns the ranges of times and durations in which a query's clips are. A duration of -1 is unknown. */
export function rangesOf(query: ClipQuery): {
  fromMs: number;
  /** Exclusive. */
  toMs: number;
  minSeconds: number;
  maxSeconds: number;
} {
  const { afterMs, beforeMs, longerSeconds, shorterSeconds } = query;
  const isLimited = Number.isFinite(longerSeconds) || Number.isFinite(shorterSeconds);
  return {
    fromMs: Number.isFinite(afterMs) ? (afterMs ?? 0) : -Infinity,
    toMs: Number.isFinite(beforeMs) ? (beforeMs ?? 0) : Infinity,
    minSeconds: Number.isFinite(longerSeconds)
      ? Math.max(longerSeconds ?? 0, 0)
      : isLimited
        ? 0
        : -1,
    maxSeconds: Number.isFinite(shorterSeconds) ? (shorterSeconds ?? 0) : Infinity,
  };
}

/** An equality lets PostgreSQL read the index in order, and `any` does not. */
function isAnyOf(column: Condition, values: readonly string[]): Condition {
  const distinct = [...new Set(values)];
  return distinct.length === 1
    ? sql`${column} = ${distinct[0]}`
    : sql`${column} = any(${distinct}::text[])`;
}

function finite(
  value: number | undefined,
  condition: (value: number) => Condition,
): Condition | null {
  return value === undefined || !Number.isFinite(value) ? null : condition(value);
}

function flag(value: boolean | undefined, column: Condition): Condition | null {
  if (value === undefined) return null;
  return value ? column : sql`not ${column}`;
}

/** Returns the conditions on `clips c` for a search by tokens. */
export function tokenConditions(tokens: TokenQuery | null): Condition[] {
  if (tokens === null) return [];
  const { indexed, pattern, other } = tokens;
  return [
    ...(indexed === ''
      ? []
      : [sql`segment_words(c.words, c.posted_at_ms) @@ all_segments_query(${pattern})`]),
    ...(other === null ? [] : [sql`(c.words @@ ${other}::tsquery) is true`]),
  ];
}

/** Returns the same conditions for clips that are read one by one, without the text index. */
export function plainTokenConditions(tokens: TokenQuery | null): Condition[] {
  return [tokens?.indexed, tokens?.other]
    .filter((query) => query !== undefined && query !== null && query !== '')
    .map((query) => sql`(c.words @@ ${query}::tsquery) is true`);
}
