import pg from 'pg';
import { messageOf, withoutSecrets } from '../../errors.ts';
import { CatalogUnavailable } from '../catalog.ts';

/**
 * The classes of PostgreSQL's errors that say that the database can't work now: connection exceptions, insufficient
 * resources, operator intervention and errors of the system
 * (https://www.postgresql.org/docs/current/errcodes-appendix.html).
 */
const UNAVAILABLE_CLASSES = new Set(['08', '53', '57', '58']);

/**
 * Single errors of the same kind: a standby that does not accept writes (`read_only_sql_transaction`), a transaction
 * that took too long (`idle_in_transaction_session_timeout`, `transaction_timeout`), and damaged files
 * (`data_corrupted`, `index_corrupted`).
 */
const UNAVAILABLE_CODES = new Set(['25006', '25P03', '25P04', 'XX001', 'XX002']);

/** True if a statement failed because the database can't work now, and not because the statement is wrong. */
export function isUnavailable(error: unknown): boolean {
  // pg reports lost connections and its own timeouts as errors without one of PostgreSQL's codes.
  if (!(error instanceof pg.DatabaseError)) return true;
  const { code = '' } = error;
  return UNAVAILABLE_CLASSES.has(code.slice(0, 2)) || UNAVAILABLE_CODES.has(code);
}

/**
 * Returns the error that callers of the catalog see. The sentence contains no secret, and the original error is not
 * attached, because its fields may contain secrets.
 * @param name how people call the database, without a password
 * @param password the password, which is removed from the sentence wherever it occurs
 */
export function toUnavailable(
  error: unknown,
  { name, password }: { name: string; password: string | null },
): CatalogUnavailable {
  const sentence = `the catalog's database ${name} does not answer: ${reasonOf(error)}`;
  const safe = withoutSecrets(sentence);
  return new CatalogUnavailable(
    password === null || password === '' ? safe : safe.replaceAll(password, '…'),
  );
}

/** A host with several addresses fails with an AggregateError, whose own message is empty. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ');
  return messageOf(error);
}
