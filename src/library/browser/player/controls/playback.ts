import { tell } from '../../page/say.ts';
import { seekTo, tryPlay, type Player } from '../player.ts';
import { stepFrame } from '../rules/times.ts';
import { PLAYER_WORDS } from '../words.ts';

const TENTHS = 10;
/** For clips whose frame rate is unknown. */
const USUAL_FRAME_RATE = 30;

/** Plays or pauses the video. */
export function togglePlay({ video }: Player): void {
  if (video.paused) tryPlay(video);
  else video.pause();
}

/** Jumps to so many tenths of the clip. */
export function seekToTenth({ video, clip }: Player, tenth: number): void {
  const seconds = Number.isFinite(video.duration) ? video.duration : clip.seconds;
  if (seconds !== null) seekTo(video, (seconds * tenth) / TENTHS);
}

/** Shows the next (+1) or previous (-1) frame. While the video plays, nothing happens. */
export function showFrame({ video, clip }: Player, step: 1 | -1): void {
  if (!video.paused) return;
  seekTo(video, stepFrame(video.currentTime, clip.frameRate ?? USUAL_FRAME_RATE, step));
}

/** Changes the volume by a part of 1. Making it louder ends "mute". */
export function changeVolume({ video }: Player, by: number): void {
  const PERCENT = 100;
  const volume = Math.round((video.volume + by) * PERCENT) / PERCENT;
  video.volume = Math.min(1, Math.max(0, volume));
  if (by > 0) video.muted = false;
}

/** What Safari on an iPhone has instead of the standard's method. */
interface IosVideo {
  webkitEnterFullscreen?: () => void;
}

/** Enters or leaves full screen. */
export function toggleFullScreen({ video }: Player): void {
  if (document.fullscreenElement !== null) {
    document.exitFullscreen().catch(() => undefined);
  } else if (document.fullscreenEnabled) {
    video.requestFullscreen().catch(() => undefined);
  } else {
    (video as IosVideo).webkitEnterFullscreen?.();
  }
}

/** Shows the video in a small window above others, or ends that. */
export function togglePictureInPicture({ video }: Player): void {
  const change = async () => {
    if (document.pictureInPictureElement !== null) await document.exitPictureInPicture();
    else await video.requestPictureInPicture();
  };
  // Firefox has no such method, and a video without data can't be shown so.
  change().catch(() => tell(PLAYER_WORDS.noPictureInPicture));
}
