import { readClipData, type ClipData } from './rules/clip-data.ts';

/** The player of the page. Its elements stay while the clips change. */
export interface Player {
  /** The element `#player` around the video and the fault. */
  readonly frame: HTMLElement;
  readonly video: HTMLVideoElement;
  /** The element `#fault`, hidden unless the clip can't be played; null while the clip is covered. */
  readonly fault: HTMLElement | null;
  /** The clip that the page shows now. */
  clip: ClipData;
}

/**
 * Returns null if the page has no player. The page of a covered clip has a player without a video. There, a video without
 * a source is put below the cover, so that the next clip can play in it.
 */
export function findPlayer(): Player | null {
  const frame = document.getElementById('player');
  if (frame === null) return null;
  const found = document.getElementById('video');
  const video = found instanceof HTMLVideoElement ? found : createVideo(frame);
  return {
    frame,
    video,
    get fault() {
      return document.getElementById('fault');
    },
    clip: readClipData(frame.dataset),
  };
}

function createVideo(frame: HTMLElement): HTMLVideoElement {
  const video = document.createElement('video');
  video.id = 'video';
  frame.prepend(video);
  return video;
}

/** True if the clip may be loaded. The video of a covered clip has no source until the reader asks to see the clip. */
export function hasSource(video: HTMLVideoElement): boolean {
  return video.hasAttribute('src');
}

/** Plays with sound. If the browser wants a click first, the clip stays paused: it never plays muted instead. */
export function tryPlay(video: HTMLVideoElement): void {
  if (hasSource(video)) video.play().catch(() => undefined);
}

/** Jumps to a time in seconds. If the browser knows no length yet, the clip begins there later. */
export function seekTo(video: HTMLVideoElement, seconds: number): void {
  if (!hasSource(video)) return;
  const end = Number.isFinite(video.duration) ? video.duration : Infinity;
  video.currentTime = Math.min(Math.max(0, seconds), end);
}
