import { SEARCH_PATH } from './schema-name.ts';

/** Settings of PostgreSQL for each connection of the catalog, and for PGlite. */
const SESSION_SETTINGS: Readonly<Record<string, string>> = {
  search_path: SEARCH_PATH,
  // Searches take milliseconds. Compiling a plan takes longer than the search itself.
  jit: 'off',
  // Joins run in the written order. Planning takes about a third of the time of a search in PGlite, and comparing the
  // orders of joins is the largest part of it.
  join_collapse_limit: '1',
};

/** The settings as arguments of the program `postgres`, such as `-c jit=off`. */
export const SESSION_ARGUMENTS: readonly string[] = Object.entries(SESSION_SETTINGS).flatMap(
  ([name, value]) => ['-c', `${name}=${value}`],
);
