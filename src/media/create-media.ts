import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MediaPort, Picture } from '../activities/ports.ts';
import type { ThumbnailFormat } from '../config.ts';
import { isFailure, mediaUnreadable } from '../errors.ts';
import type { Logger } from '../log.ts';
import { allowedUrl } from './allowed-hosts.ts';
import { downloadBytes, downloadTo } from './download.ts';
import { TIME_LIMIT_MS } from './limits.ts';
import { makePicture } from './make-picture.ts';
import { sniffImage, sniffVideo } from './sniff.ts';
import { inWorkFolder, sweepWorkFolders } from './work-folder.ts';

export interface MediaOptions {
  /** Origins. */
  mediaHosts: readonly string[];
  maxMediaBytes: number;
  thumbnailFormat: ThumbnailFormat;
  ffmpegPath: string;
  ffprobePath: string;
  /** Where clips stand while they are worked on; the system's by default. */
  temporaryDirectory?: string;
  /** How long a server may be silent; 30 s by default. */
  idleMs?: number;
  /** How long looking at one clip may take; 20 s by default. */
  timeLimitMs?: number;
  log?: Logger;
}

const MAX_AVATAR_BYTES = 8 * 1024 * 1024;
const PROGRESS_EVERY_MS = 1000;

/** Media from the allowed hosts: fetched into a temporary folder, looked at by ffprobe and ffmpeg. */
export function createMedia(options: MediaOptions): MediaPort {
  const { mediaHosts, maxMediaBytes, idleMs = 30_000, timeLimitMs = TIME_LIMIT_MS, log } = options;
  const parent = options.temporaryDirectory ?? tmpdir();
  const swept = sweepWorkFolders(parent);

  return {
    thumbnail: async (url, { signal, onProgress }) => {
      await swept;
      signal.throwIfAborted();
      return inWorkFolder(parent, async (folder) => {
        const startedAt = Date.now();
        // While ffmpeg works no byte arrives, and the one who waits wants a sign of life all the same.
        const timer = setInterval(onProgress, PROGRESS_EVERY_MS);
        try {
          const file = join(folder, 'clip');
          const fetchOptions = { mediaHosts, maxBytes: maxMediaBytes, idleMs, signal };
          const head = await downloadTo(file, url, { ...fetchOptions, onProgress });
          const demuxer = sniffVideo(head);
          if (demuxer === null)
            throw mediaUnreadable('the file is neither MP4 nor QuickTime nor WebM');
          const made = await makePicture(file, {
            ...{ ffmpegPath: options.ffmpegPath, ffprobePath: options.ffprobePath },
            ...{ format: options.thumbnailFormat, demuxer, timeLimitMs, signal },
          });
          log?.debug({ tookMs: Date.now() - startedAt, ...made.facts }, 'picture made');
          return made;
        } finally {
          clearInterval(timer);
        }
      });
    },

    avatar: async (url, { signal }): Promise<Picture | null> => {
      if (!allowedUrl(url, mediaHosts)) return null;
      try {
        const fetchOptions = { mediaHosts, maxBytes: MAX_AVATAR_BYTES, idleMs, signal };
        const bytes = await downloadBytes(url, fetchOptions);
        const type = sniffImage(bytes);
        return type && { bytes, ...type };
      } catch (error) {
        const none = ['LinkExpired', 'MediaTooLarge', 'MediaUnreadable'] as const;
        if (none.some((type) => isFailure(error, type))) return null;
        throw error;
      }
    },
  };
}
