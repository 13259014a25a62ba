import type { CatalogState } from '../../catalog/catalog.ts';
import type { ReadableCatalog } from '../ports.ts';
import { Remembered } from './remembered.ts';

/** The state of the catalog is at most this old, in milliseconds. */
export const STATE_REMEMBERED_MS = 2000;

/** The version of the content is at most this old, in milliseconds. Many pages are checked with one query. */
export const VERSION_REMEMBERED_MS = 500;

/**
 * Returns the same catalog, except that the state is remembered, because the query for the state counts clips. The version of
 * the content is remembered for a moment.
 * Whether the catalog is complete is never remembered: a catalog that was lost and created again knows no clip, and an
 * old answer would turn every clip into an unknown one. `now` returns milliseconds.
 */
export function rememberState(catalog: ReadableCatalog, now: () => number): ReadableCatalog {
  const states = new Remembered<CatalogState>({
    rememberMs: STATE_REMEMBERED_MS,
    maxAnswers: 1,
    now,
  });
  const versions = new Remembered<number | null>({
    rememberMs: VERSION_REMEMBERED_MS,
    maxAnswers: 1,
    now,
  });
  return {
    ...catalog,
    readState: () => states.get('', () => catalog.readState()),
    readContentVersion: () => versions.get('', () => catalog.readContentVersion()),
  };
}
