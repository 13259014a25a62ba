import type { CatalogClip, Neighbours } from '../../../catalog/catalog.ts';
import type { LibrarySettings } from '../../../config/settings.ts';
import type { PreviewSettings } from '../../preview/preview-settings.ts';
import { pagePath } from '../../paths.ts';
import { searchParameters, type Search } from '../../search/parse-search.ts';

/** Why nobody gets the clip's video right now. */
export interface ClipFault {
  kind: 'unreachable' | 'stopped' | 'deleted';
  /** When Everclip last asked for a link, epoch milliseconds; null if unknown. */
  triedAtMs: number | null;
}

/** Everything that the page of a clip shows. */
export interface ClipView {
  clip: CatalogClip;
  settings: PreviewSettings & Pick<LibrarySettings, 'timeZone'>;
  /** The list from which the reader came. */
  search: Search;
  /** Null if the catalog did not tell in time. */
  neighbours: Neighbours | null;
  /** Null if the video plays. */
  fault: ClipFault | null;
  /** True if the reader asked to see a covered clip. */
  isShown: boolean;
  /** Where the clip starts, in seconds; null for its start. */
  startSeconds: number | null;
  /** The scheme and host of the library's address. */
  origin: string;
  /** Epoch milliseconds. */
  nowMs: number;
}

/** True if the page shows neither the picture nor the video. */
export function isCovered({ clip, isShown }: Pick<ClipView, 'clip' | 'isShown'>): boolean {
  return (clip.isSpoiler || clip.isNsfw) && !isShown;
}

/** Returns the path of a clip's page that keeps the order of the list, with more parameters if given. */
export function pathInOrder(
  search: Search,
  clipId: string,
  more: Readonly<Record<string, string>> = {},
): string {
  const parameters = searchParameters(search);
  for (const [name, value] of Object.entries(more)) parameters.set(name, value);
  const text = parameters.toString();
  return text === '' ? pagePath(clipId) : `${pagePath(clipId)}?${text}`;
}
