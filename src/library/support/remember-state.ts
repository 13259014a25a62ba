import type { CatalogState } from '../../catalog/catalog.ts';
import type { ReadableCatalog } from '../ports.ts';
import { Remembered } from './remembered.ts';

/** The state of the catalog is at most this old, in milliseconds. */
export const STATE_REMEMBERED_MS = 2000;

/**
 * Returns the same catalog, except that the state is remembered. The query for the state counts all clips, and strangers
 * can ask for many unknown clips, each of which needs the state. `now` returns milliseconds.
 */
export function rememberState(catalog: ReadableCatalog, now: () => number): ReadableCatalog {
  const states = new Remembered<CatalogState>({
    rememberMs: STATE_REMEMBERED_MS,
    maxAnswers: 1,
    now,
  });
  return { ...catalog, readState: () => states.get('', () => catalog.readState()) };
}
