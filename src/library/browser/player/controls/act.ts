import type { ClipAction } from '../rules/key-table.ts';
import { closeSpeedMenu } from './speed-menu.ts';
import {
  changeVolume,
  seekToTenth,
  showFrame,
  toggleFullScreen,
  togglePictureInPicture,
  togglePlay,
} from './playback.ts';
import { seekTo, type Player } from '../player.ts';
import { isTheatre, type PlayerSettings } from './settings.ts';
import { copyLink, copyLinkAt } from '../share/share.ts';

export interface ActionParts {
  player: Player;
  settings: PlayerSettings;
  go: (direction: 'next' | 'previous') => void;
}

/** What the keys of the browser do with a focused control. */
const PRESSABLE = 'button, summary, [role=button]';

/** Returns what a key does on the page of a clip, or null if the key belongs to something else. */
export function findAct(
  action: ClipAction,
  target: EventTarget | null,
  parts: ActionParts,
): (() => void) | null {
  const isOnControl = target instanceof Element && target.matches(PRESSABLE);
  if (action.kind === 'togglePlay' && isOnControl) return null;
  if (action.kind === 'leaveTheatre') return findEscape(parts);
  return () => act(action, parts);
}

/** Escape closes the speeds, then leaves theatre. Full screen is the browser's own. */
function findEscape({ settings }: ActionParts): (() => void) | null {
  if (document.fullscreenElement !== null) return null;
  if (document.getElementById('speed-menu') !== null) return closeSpeedMenu;
  return isTheatre() ? () => settings.toggleTheatre() : null;
}

function act(action: ClipAction, { player, settings, go }: ActionParts): void {
  const { video } = player;
  switch (action.kind) {
    case 'togglePlay':
      togglePlay(player);
      break;
    case 'seekBy':
      seekTo(video, video.currentTime + action.seconds);
      break;
    case 'seekToTenth':
      seekToTenth(player, action.tenth);
      break;
    case 'volume':
      changeVolume(player, action.by);
      break;
    case 'speed':
      settings.changeSpeed(action.step);
      break;
    case 'frame':
      showFrame(player, action.step);
      break;
    case 'mute':
      video.muted = !video.muted;
      break;
    case 'fullScreen':
      toggleFullScreen(player);
      break;
    case 'theatre':
      settings.toggleTheatre();
      break;
    case 'leaveTheatre':
      break;
    case 'pictureInPicture':
      togglePictureInPicture(player);
      break;
    case 'next':
    case 'previous':
      go(action.kind);
      break;
    case 'copy':
      copyLink(player);
      break;
    case 'copyAt':
      copyLinkAt(player);
      break;
    case 'openInDiscord':
      document.getElementById('open-discord')?.click();
      break;
  }
}
