import type { CatalogPort } from './ports.ts';

/** The catalog of a worker that has no database. */
export const noCatalog: CatalogPort = { tell: () => undefined };
