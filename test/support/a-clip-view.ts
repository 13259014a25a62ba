import type { CatalogClip } from '../../src/catalog/catalog.ts';
import type { ClipView } from '../../src/library/pages/clip/clip-view.ts';
import { parseSearch } from '../../src/library/search/parse-search.ts';
import { aClip, LOCAL, START_MS } from './a-library.ts';

/** Returns what the page of a clip shows if the reader came from the list of all clips. */
export function aClipView(
  clip: Partial<CatalogClip> = {},
  changes: Partial<ClipView> = {},
): ClipView {
  return {
    clip: aClip(clip),
    settings: LOCAL,
    search: parseSearch(new URLSearchParams(), LOCAL.timeZone),
    neighbours: { previous: null, next: [] },
    fault: null,
    isShown: false,
    startSeconds: null,
    origin: 'http://127.0.0.1:8240',
    nowMs: START_MS,
    ...changes,
  };
}
