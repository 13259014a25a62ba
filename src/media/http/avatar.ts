import type { Picture } from '../../activities/ports.ts';
import { isFailure } from '../../errors.ts';
import { allowedUrl } from './allowed-hosts.ts';
import { downloadBytes } from './download.ts';
import type { RequestOptions } from './request.ts';
import { sniffImage } from '../sniff.ts';

const MAX_AVATAR_BYTES = 8 * 1024 * 1024;

/**
 * Fetches a poster's avatar; null where there is none or it is no picture.
 * @throws RateLimited, ServiceFailed, and the signal's reason
 */
export async function fetchAvatar(url: string, options: RequestOptions): Promise<Picture | null> {
  if (!allowedUrl(url, options.mediaHosts)) return null;
  try {
    const bytes = await downloadBytes(url, { ...options, maxBytes: MAX_AVATAR_BYTES });
    const type = sniffImage(bytes);
    return type && { bytes, ...type };
  } catch (error) {
    const none = ['LinkExpired', 'MediaTooLarge', 'MediaUnreadable'] as const;
    if (none.some((type) => isFailure(error, type))) return null;
    throw error;
  }
}
