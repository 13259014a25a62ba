import { tmpdir } from 'node:os';
import type { MediaPort } from '../activities/ports.ts';
import type { ThumbnailFormat } from '../config.ts';
import type { FallbackReason } from './fallback.ts';
import { TIME_LIMIT_MS } from './ffmpeg/limits.ts';
import { fetchAvatar } from './http/avatar.ts';
import type { RequestOptions } from './http/request.ts';
import { storyboardFromUrl } from './storyboard.ts';
import { thumbnailFromUrl } from './thumbnail.ts';
import { inWorkFolder, sweepWorkFolders } from './work-folder.ts';

/** The settings of the media port. The settings are plain data, because the media process gets them as JSON. */
export interface MediaSettings {
  /** The origins that media may come from. */
  mediaHosts: readonly string[];
  /** The maximum number of bytes to fetch for one clip. A clip that is read in parts may be larger. */
  maxMediaBytes: number;
  thumbnailFormat: ThumbnailFormat;
  ffmpegPath: string;
  ffprobePath: string;
  /** The folder for clips that are being processed; the system's temporary folder by default. */
  temporaryDirectory?: string;
  /** A server that sends no byte for this long counts as stalled; 30 s by default. */
  idleMs?: number;
  /** How long a server may send below the minimum rate (`MIN_BYTES_PER_SECOND`); 30 s by default. */
  rateWindowMs?: number;
  /** The time that ffprobe and ffmpeg may take for one clip; 20 s by default. */
  timeLimitMs?: number;
}

export interface MediaOptions extends MediaSettings {
  /**
   * Called before a whole clip is downloaded.
   * @param path the path of the clip's link, without the query, which is the link's signature
   */
  onFallback?: (reason: FallbackReason, path: string) => void;
}

const DEFAULT_IDLE_MS = 30_000;
const PROGRESS_INTERVAL_MS = 1000;

/**
 * Creates the media port. This media port works in this process. The media port of `createIsolatedMedia` uses a
 * separate process.
 */
export function createMedia(options: MediaOptions): MediaPort {
  const { timeLimitMs = TIME_LIMIT_MS } = options;
  const requests = requestLimits(options);
  const parent = options.temporaryDirectory ?? tmpdir();
  const swept = sweepWorkFolders(parent);

  const { ffmpegPath, ffprobePath, maxMediaBytes: maxBytes } = options;
  const shared = { ...requests, maxBytes, timeLimitMs, ffmpegPath };

  /** Runs `task` with a new folder. */
  async function work<T>(
    { signal, onProgress }: { signal: AbortSignal; onProgress: () => void },
    task: (folder: string) => Promise<T>,
  ): Promise<T> {
    await swept;
    signal.throwIfAborted();
    return inWorkFolder(parent, async (folder) => {
      // No bytes arrive while ffmpeg works, but the activity must still send heartbeats.
      const timer = setInterval(onProgress, PROGRESS_INTERVAL_MS);
      try {
        return await task(folder);
      } finally {
        clearInterval(timer);
      }
    });
  }

  return {
    thumbnail: (url, { signal, onProgress, announced = {} }) =>
      work({ signal, onProgress }, (folder) =>
        thumbnailFromUrl(url, folder, {
          ...shared,
          ffprobePath,
          format: options.thumbnailFormat,
          signal,
          onProgress,
          announced,
          onFallback: (reason) => options.onFallback?.(reason, new URL(url).pathname),
        }),
      ),

    storyboard: (url, { signal, onProgress }) =>
      work({ signal, onProgress }, (folder) =>
        storyboardFromUrl(url, folder, { ...shared, signal, onProgress }),
      ),

    avatar: (url, { signal }) => fetchAvatar(url, { ...requests, signal }),
  };
}

/** Returns the limits of every request for media. */
export function requestLimits(
  settings: MediaSettings,
): Pick<RequestOptions, 'mediaHosts' | 'idleMs' | 'rateWindowMs'> {
  const { mediaHosts, idleMs = DEFAULT_IDLE_MS, rateWindowMs } = settings;
  return { mediaHosts, idleMs, ...(rateWindowMs !== undefined && { rateWindowMs }) };
}
