import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MediaPort, Picture } from '../../../src/activities/ports.ts';
import { isFailure, type FailureType } from '../../../src/errors.ts';
import { createMedia, type MediaOptions } from '../../../src/media/create-media.ts';
import type { FallbackReason } from '../../../src/media/fallback.ts';
import { type MediaServer, startMediaServer } from './media-server.ts';

export interface MediaHarness {
  cdn: MediaServer;
  /** Never to be asked for anything. */
  canary: MediaServer;
  folder: string;
  /** `fallbacks` says why the clip was downloaded whole, if it was. */
  thumbnail(
    url: string,
    options?: Partial<MediaOptions>,
    signal?: AbortSignal,
  ): Promise<Awaited<ReturnType<MediaPort['thumbnail']>> & { fallbacks: FallbackReason[] }>;
  avatar(url: string): Promise<Picture | null>;
  /** A shell script to run instead of ffmpeg; returns its path. */
  script(name: string, body: string): Promise<string>;
  /** Fails unless the temporary folder is empty and the canary was left alone. */
  assertNothingLeft(): Promise<void>;
  stop(): Promise<void>;
}

export async function startMediaHarness(): Promise<MediaHarness> {
  const folder = await mkdtemp(join(tmpdir(), 'everclip-media-test-'));
  const temporaryDirectory = join(folder, '100% tmp');
  await mkdir(temporaryDirectory);
  const [cdn, canary] = [await startMediaServer(), await startMediaServer()];
  const media = (options: Partial<MediaOptions> = {}) =>
    createMedia({
      mediaHosts: [cdn.origin],
      maxMediaBytes: 64 * 1024 * 1024,
      thumbnailFormat: 'webp',
      ffmpegPath: 'ffmpeg',
      ffprobePath: 'ffprobe',
      temporaryDirectory,
      ...options,
    });
  const still = new AbortController().signal;
  return {
    cdn,
    canary,
    folder: temporaryDirectory,
    thumbnail: async (url, options, signal = still) => {
      const fallbacks: FallbackReason[] = [];
      const counted = media({ onFallback: (reason) => fallbacks.push(reason), ...options });
      const made = await counted.thumbnail(url, { signal, onProgress: () => undefined });
      return { ...made, fallbacks };
    },
    avatar: (url) => media().avatar(url, { signal: still }),
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
      cdn.stop();
      canary.stop();
      await rm(folder, { recursive: true });
    },
  };
}

/** For `assert.rejects`: this type, this sentence, and never the query of an address. */
export const fails =
  (type: FailureType, sentence: RegExp) =>
  (error: unknown): boolean => {
    assert.ok(isFailure(error, type), String(error));
    assert.match(String(error), sentence);
    assert.doesNotMatch(String(error), /secret|\?/);
    return true;
  };
