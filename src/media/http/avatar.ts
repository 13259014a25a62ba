import type { Picture } from '../../activities/ports.ts';
import { allowedUrl } from '../../clip/media-hosts.ts';
import { isFailure } from '../../errors.ts';
import { sniffImage } from '../sniff.ts';
import { downloadChunks } from './download.ts';
import type { RequestOptions } from './request.ts';

const MAX_AVATAR_BYTES = 8 * 1024 * 1024;
/** The failures that mean that there is no avatar to archive. */
const NO_AVATAR = ['LinkExpired', 'MediaTooLarge', 'MediaUnreadable'] as const;

/**
 * Fetches a poster's avatar. Returns null if the link does not lead to a picture of at most 8 MB.
 * @throws RateLimited, ServiceFailed, and the signal's reason
 */
export async function fetchAvatar(url: string, options: RequestOptions): Promise<Picture | null> {
  if (!allowedUrl(url, options.mediaHosts)) return null;
  const chunks: Uint8Array[] = [];
  try {
    const download = downloadChunks(url, { ...options, maxBytes: MAX_AVATAR_BYTES });
    for await (const chunk of download) chunks.push(chunk);
  } catch (error) {
    if (NO_AVATAR.some((type) => isFailure(error, type))) return null;
    throw error;
  }
  const bytes = Buffer.concat(chunks);
  // Detect the type from the bytes, because the link's extension and the content type may be wrong.
  const type = sniffImage(bytes);
  return type && { bytes, ...type };
}
