import type { BucketPort, MediaPort, Picture } from '../../../src/activities/ports.ts';

/** Creates a bucket in memory. */
export function createFakeBucket(): BucketPort {
  const objects = new Map<string, { body: string; generation: string }>();
  let generations = 0;
  return {
    read(key) {
      const stored = objects.get(key);
      return Promise.resolve(stored ? { ...stored, version: stored.generation } : null);
    },
    readBytes(key) {
      const stored = objects.get(key);
      if (!stored) return Promise.resolve(null);
      const bytes = new TextEncoder().encode(stored.body);
      return Promise.resolve({ bytes, generation: stored.generation });
    },
    async *list(prefix) {
      await Promise.resolve();
      for (const [key, { generation }] of objects) {
        if (key.startsWith(prefix)) yield { key, version: generation };
      }
    },
    exists: (key) => Promise.resolve(objects.has(key)),
    delete(key) {
      objects.delete(key);
      return Promise.resolve();
    },
    write(key, body, { condition }) {
      const stored = objects.get(key);
      if (condition === 'absent' && stored) return Promise.resolve(null);
      if (typeof condition === 'object' && condition.generation !== stored?.generation) {
        return Promise.resolve(null);
      }
      generations += 1;
      objects.set(key, {
        body: typeof body === 'string' ? body : '',
        generation: String(generations),
      });
      return Promise.resolve(String(generations));
    },
  };
}

const PICTURE: Picture = {
  bytes: new Uint8Array(16),
  contentType: 'image/webp',
  extension: 'webp',
};

/** Returns the same pictures and facts at once for every clip. */
export const fakeMedia: MediaPort = {
  thumbnail: () =>
    Promise.resolve({
      picture: PICTURE,
      posterImage: PICTURE,
      facts: {
        durationSeconds: 26.733333,
        width: 1920,
        height: 1080,
        codec: 'h264',
        frameRate: 59.94,
        hasAudio: true,
      },
    }),
  storyboard: () =>
    Promise.resolve({
      picture: PICTURE,
      times: [1.3, 4, 6.7, 9.4, 12, 14.7, 17.4, 20, 22.7, 25.4],
    }),
  avatar: () => Promise.resolve(PICTURE),
};
