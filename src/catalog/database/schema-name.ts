/** The PostgreSQL schema with everything of the catalog. It can be dropped at any time, because the catalog is derived. */
export const CATALOG_SCHEMA = 'everclip_catalog';

/** Where PostgreSQL looks for names without a schema. `public` may contain pg_trgm that an administrator installed. */
export const SEARCH_PATH = `${CATALOG_SCHEMA},public`;
