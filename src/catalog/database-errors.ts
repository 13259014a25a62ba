import { CatalogUnavailable } from './catalog.ts';

/**
 * Classes of SQLSTATE that mean that the statement itself is wrong: its data, a constraint, its size. Another try would
 * fail in the same way. Source: https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const FAULTS_OF_STATEMENT = ['21', '22', '23', '42', '54'];
/** The database was dropped, or is being migrated: an undefined table, column, function, object or schema. */
const MISSING_SCHEMA = ['42P01', '42703', '42883', '42704', '3F000'];

/** Somebody took the user's privileges. Everything works again when the user has them again. */
const MISSING_PRIVILEGE = '42501';

/** True if the failed statement would fail again. */
function isFaultOfStatement(code: string): boolean {
  return (
    FAULTS_OF_STATEMENT.includes(code.slice(0, 2)) &&
    !MISSING_SCHEMA.includes(code) &&
    code !== MISSING_PRIVILEGE
  );
}

/** True if the query failed because the tables are missing or have another form. */
export function isMissingSchema(error: unknown): boolean {
  const cause = error instanceof CatalogUnavailable ? error.cause : error;
  return MISSING_SCHEMA.includes(sqlStateOf(cause) ?? '');
}

function sqlStateOf(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error)) return null;
  return typeof error.code === 'string' && /^[0-9A-Z]{5}$/.test(error.code) ? error.code : null;
}

/**
 * Runs a query of the catalog. An error without a code of PostgreSQL is an error of the program, because the pool has
 * turned the loss of a connection into CatalogUnavailable.
 * @throws CatalogUnavailable if the database does not answer, has no tables, or refuses access to the tables
 */
export async function answered<T>(query: () => Promise<T>): Promise<T> {
  try {
    return await query();
  } catch (error) {
    const code = sqlStateOf(error);
    if (code === null || isFaultOfStatement(code)) throw error;
    throw new CatalogUnavailable('the database of the catalog does not answer', { cause: error });
  }
}
