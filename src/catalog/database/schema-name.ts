/** The PostgreSQL schema with everything of the catalog. It can be dropped at any time, because the catalog is derived. */
export const CATALOG_SCHEMA = 'everclip_catalog';

/**
 * Where PostgreSQL looks for names without a schema. Other schemas are left out: while the catalog's schema is missing,
 * a statement must not reach a table of another program that has the same name.
 */
export const SEARCH_PATH = CATALOG_SCHEMA;
