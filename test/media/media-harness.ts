import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isFailure, type FailureType } from '../../src/errors.ts';
import { createMedia, type MediaOptions } from '../../src/media/create-media.ts';
import { type MediaServer, startMediaServer } from './media-server.ts';

export interface MediaHarness {
  cdn: MediaServer;
  /** Never to be asked for anything. */
  canary: MediaServer;
  folder: string;
  thumbnail(
    url: string,
    options?: Partial<MediaOptions>,
    signal?: AbortSignal,
  ): ReturnType<ReturnType<typeof createMedia>['thumbnail']>;
  avatar(url: string): ReturnType<ReturnType<typeof createMedia>['avatar']>;
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
    thumbnail: (url, options, signal = still) =>
      media(options).thumbnail(url, { signal, onProgress: () => undefined }),
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
