import { type Kysely, sql } from 'kysely';

/**
 * Adds the schema of pg_trgm to the search path until the transaction ends. An administrator may have installed pg_trgm
 * elsewhere, usually in `public`. Tables of other programs may be there too, so no other transaction looks there.
 */
export async function lookIntoTrigrams<T>(transaction: Kysely<T>): Promise<void> {
  await sql`
    select set_config('search_path', current_schema() || ',' || quote_ident(nspname), true)
    from pg_extension join pg_namespace n on n.oid = extnamespace
    where extname = 'pg_trgm'`.execute(transaction);
}
