import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {
  AnnouncedFile,
  MediaPort,
  Picture,
  Storyboard,
} from '../../../src/activities/ports.ts';
import { isFailure, type FailureType } from '../../../src/errors.ts';
import { createMedia, type MediaOptions } from '../../../src/media/create-media.ts';
import type { Thumbnail } from '../../../src/media/facts.ts';
import type { FallbackReason } from '../../../src/media/fallback.ts';
import { type MediaServer, startMediaServer } from './media-server.ts';

export interface MediaHarness {
  cdn: MediaServer;
  /** A server that must never get a request. */
  canary: MediaServer;
  /** The temporary folder of the media port. */
  folder: string;
  /** If the whole clip was downloaded, `fallbacks` contains the reason. */
  thumbnail(
    url: string,
    options?: Partial<MediaOptions>,
    signal?: AbortSignal,
    announced?: AnnouncedFile,
  ): Promise<Thumbnail & { fallbacks: FallbackReason[] }>;
  storyboard(
    url: string,
    options?: Partial<MediaOptions>,
    signal?: AbortSignal,
  ): Promise<Storyboard | null>;
  avatar(url: string, options?: Partial<MediaOptions>): Promise<Picture | null>;
  /** Writes a shell script to run instead of ffmpeg or ffprobe, and returns its path. */
  script(name: string, body: string): Promise<string>;
  /** Fails if the temporary folder is not empty or the canary got a request. */
  assertNothingLeft(): Promise<void>;
  stop(): Promise<void>;
}

export async function startMediaHarness(): Promise<MediaHarness> {
  const folder = await mkdtemp(join(tmpdir(), 'everclip-media-test-'));
  // ffmpeg treats a `%` in a path as a pattern.
  const temporaryDirectory = join(folder, '100% tmp');
  await mkdir(temporaryDirectory);
  const cdn = await startMediaServer();
  const canary = await startMediaServer();
  const createTestMedia = (options: Partial<MediaOptions> = {}): MediaPort =>
    createMedia({
      mediaHosts: [cdn.origin],
      maxMediaBytes: 64 * 1024 * 1024,
      thumbnailFormat: 'webp',
      ffmpegPath: 'ffmpeg',
      ffprobePath: 'ffprobe',
      temporaryDirectory,
      ...options,
    });
  const neverAborted = new AbortController().signal;
  return {
    cdn,
    canary,
    folder: temporaryDirectory,
    thumbnail: async (url, options, signal = neverAborted, announced = {}) => {
      const fallbacks: FallbackReason[] = [];
      const onFallback = (reason: FallbackReason): void => void fallbacks.push(reason);
      const media = createTestMedia({ onFallback, ...options });
      const thumbnail = await media.thumbnail(url, {
        signal,
        onProgress: () => undefined,
        announced,
      });
      return { ...thumbnail, fallbacks };
    },
    storyboard: (url, options, signal = neverAborted) =>
      createTestMedia(options).storyboard(url, { signal, onProgress: () => undefined }),
    avatar: (url, options) => createTestMedia(options).avatar(url, { signal: neverAborted }),
    script: async (name, body) => {
      const path = join(folder, name);
      await writeFile(path, `#!/bin/sh\n${body}\n`);
      await chmod(path, 0o755);
      return path;
    },
    assertNothingLeft: async () => {
      assert.deepEqual(await readdir(temporaryDirectory), []);
      assert.deepEqual(canary.requests, []);
    },
    stop: async () => {
      await Promise.all([cdn.stop(), canary.stop()]);
      await rm(folder, { recursive: true });
    },
  };
}

/**
 * Returns a check for `assert.rejects`. The check passes if type and message match, and the message contains no query
 * of a URL.
 */
export function fails(type: FailureType, message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(isFailure(error, type), String(error));
    assert.match(String(error), message);
    assert.doesNotMatch(String(error), /secret|\?/);
    return true;
  };
}
