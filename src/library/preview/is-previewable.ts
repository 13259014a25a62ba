import type { CatalogClip, CatalogStatus } from '../../catalog/catalog.ts';
import type { PreviewSettings } from './preview-settings.ts';

/**
 * A workflow watches over clips with these statuses. Nobody would notice that the message of a stopped clip was deleted,
 * so a stopped clip is not shown on other websites either.
 */
const WATCHED_STATUSES: readonly CatalogStatus[] = ['archiving', 'live'];

/**
 * True if other websites may show the clip: in a link preview, through oEmbed or in an embedded player. Everybody in a
 * Discord channel sees a preview, whoever posted the link. So the clip's channel must be public, whatever the sender of
 * the request may see, unless the settings publish the channel. Spoilers and age-restricted clips are never shown.
 */
export function isPreviewable(
  clip: Pick<CatalogClip, 'channelId' | 'isNsfw' | 'isPublic' | 'isSpoiler' | 'status'>,
  { access, channelIds }: Pick<PreviewSettings, 'access' | 'channelIds'>,
): boolean {
  const isPublished = clip.isPublic || access === 'open' || channelIds.includes(clip.channelId);
  return isPublished && !clip.isSpoiler && !clip.isNsfw && WATCHED_STATUSES.includes(clip.status);
}
