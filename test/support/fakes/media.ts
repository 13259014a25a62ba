import type { MediaPort, Picture, Storyboard } from '../../../src/activities/ports.ts';
import type { MediaFacts } from '../../../src/clip/state.ts';
import { FaultQueue } from './fault-queue.ts';

/** Media without ffmpeg: every clip has the same pictures and the same facts. */
export interface FakeMedia extends MediaPort {
  picture: Picture;
  posterImage: Picture;
  /** Null: the clip can have no storyboard. */
  storyboardMade: Storyboard | null;
  facts: MediaFacts;
  /** Null: the poster has no avatar. */
  avatarPicture: Picture | null;
  /** The requested links of clips and of avatars. */
  readonly thumbnailUrls: string[];
  readonly storyboardUrls: string[];
  readonly avatarUrls: string[];
  /**
   * One function for each of the next calls of `thumbnail`. A function may report progress, wait for the signal or
   * throw.
   */
  readonly work: ((options: Parameters<MediaPort['thumbnail']>[1]) => void | Promise<void>)[];
  readonly beforeStoryboard: FaultQueue;
  readonly beforeAvatar: FaultQueue;
}

export function createFakeMedia(): FakeMedia {
  const media: FakeMedia = {
    picture: {
      bytes: new Uint8Array([82, 73, 70, 70]),
      contentType: 'image/webp',
      extension: 'webp',
    },
    posterImage: {
      bytes: new Uint8Array([255, 216, 255]),
      contentType: 'image/jpeg',
      extension: 'jpg',
    },
    facts: { durationSeconds: 21.25, width: 1920, height: 1080, codec: 'avc1', hasAudio: true },
    avatarPicture: { bytes: new Uint8Array([137, 80]), contentType: 'image/png', extension: 'png' },
    storyboardMade: {
      picture: {
        bytes: new Uint8Array([82, 73, 70, 71]),
        contentType: 'image/webp',
        extension: 'webp',
      },
      times: [1, 2.5, 4],
    },
    thumbnailUrls: [],
    storyboardUrls: [],
    avatarUrls: [],
    work: [],
    beforeStoryboard: new FaultQueue(),
    beforeAvatar: new FaultQueue(),
    async thumbnail(url, options) {
      media.thumbnailUrls.push(url);
      await media.work.shift()?.(options);
      return { picture: media.picture, posterImage: media.posterImage, facts: media.facts };
    },
    async storyboard(url) {
      media.storyboardUrls.push(url);
      await media.beforeStoryboard.runNext();
      return media.storyboardMade;
    },
    async avatar(url) {
      media.avatarUrls.push(url);
      await media.beforeAvatar.runNext();
      return media.avatarPicture;
    },
  };
  return media;
}
