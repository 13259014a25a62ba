import { tmpdir } from 'node:os';
import type { MediaPort } from '../activities/ports.ts';
import type { ThumbnailFormat } from '../config.ts';
import { fetchAvatar } from './http/avatar.ts';
import { TIME_LIMIT_MS } from './ffmpeg/limits.ts';
import type { FallbackReason } from './fallback.ts';
import { makeThumbnail } from './thumbnail.ts';
import { inWorkFolder, sweepWorkFolders } from './work-folder.ts';

/** Plain data, for another process gets them too. */
export interface MediaSettings {
  /** Origins. */
  mediaHosts: readonly string[];
  /** The most that is fetched of a clip; one that is read in parts may be larger. */
  maxMediaBytes: number;
  thumbnailFormat: ThumbnailFormat;
  ffmpegPath: string;
  ffprobePath: string;
  /** Where clips stand while they are worked on; the system's by default. */
  temporaryDirectory?: string;
  /** How long a server may be silent; 30 s by default. */
  idleMs?: number;
  /** How long ffprobe and ffmpeg may take for one clip; 20 s by default. */
  timeLimitMs?: number;
}

export interface MediaOptions extends MediaSettings {
  /**
   * Called for each clip that has to be downloaded whole. The path of its link names it; the query,
   * which is the link's signature, is left out.
   */
  onFallback?: (reason: FallbackReason, path: string) => void;
}

const PROGRESS_EVERY_MS = 1000;
/** How long a server may be silent, where nothing else is said. */
export const IDLE_MS = 30_000;

/** Media from the allowed hosts: read in parts where that works, and looked at by ffmpeg. */
export function createMedia(options: MediaOptions): MediaPort {
  const { mediaHosts, maxMediaBytes, idleMs = IDLE_MS, timeLimitMs = TIME_LIMIT_MS } = options;
  const parent = options.temporaryDirectory ?? tmpdir();
  const swept = sweepWorkFolders(parent);
  const requests = { mediaHosts, idleMs };

  return {
    thumbnail: async (url, { signal, onProgress }) => {
      await swept;
      signal.throwIfAborted();
      return inWorkFolder(parent, async (folder) => {
        // While ffmpeg works no byte arrives, and the one who waits wants a sign of life all the same.
        const timer = setInterval(onProgress, PROGRESS_EVERY_MS);
        try {
          return await makeThumbnail(url, folder, {
            ...{ ...requests, maxBytes: maxMediaBytes, timeLimitMs, signal, onProgress },
            ...{ ffmpegPath: options.ffmpegPath, ffprobePath: options.ffprobePath },
            format: options.thumbnailFormat,
            onFallback: (reason) => options.onFallback?.(reason, new URL(url).pathname),
          });
        } finally {
          clearInterval(timer);
        }
      });
    },

    avatar: (url, { signal }) => fetchAvatar(url, { ...requests, signal }),
  };
}
