import { readClipData, type ClipData } from './rules/clip-data.ts';

/** The player of the page. Its elements stay while the clips change. */
export interface Player {
  /** The element `#player` around the video and the fault. */
  readonly frame: HTMLElement;
  readonly video: HTMLVideoElement;
  /** The element `#fault`, hidden unless the clip can't be played. */
  readonly fault: HTMLElement | null;
  /** The clip that the page shows now. */
  clip: ClipData;
}

/**
 * Returns null if the page has no player. The page of a covered clip has a player without a video. There, a video that is
 * not in the page takes its place, so that the keys and buttons need no second way.
 */
export function findPlayer(): Player | null {
  const frame = document.getElementById('player');
  if (frame === null) return null;
  const found = document.getElementById('video');
  const video = found instanceof HTMLVideoElement ? found : document.createElement('video');
  const fault = document.getElementById('fault');
  return { frame, video, fault, clip: readClipData(frame.dataset) };
}

/** Plays with sound. If the browser wants a click first, the clip stays paused: it never plays muted instead. */
export function tryPlay(video: HTMLVideoElement): void {
  if (!video.isConnected) return;
  video.play().catch(() => undefined);
}

/** Ends full screen, because the browser shows nothing but the video there. */
export function leaveFullScreen(): void {
  if (document.fullscreenElement !== null) document.exitFullscreen().catch(() => undefined);
}

/** Jumps to a time in seconds. If the browser knows no length yet, the clip begins there later. */
export function seekTo(video: HTMLVideoElement, seconds: number): void {
  const end = Number.isFinite(video.duration) ? video.duration : Infinity;
  video.currentTime = Math.min(Math.max(0, seconds), end);
}
