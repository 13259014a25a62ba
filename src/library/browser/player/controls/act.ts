import { mayRepeat, type ClipAction } from '../rules/key-table.ts';
import { OPEN_MENU } from '../../menus/menus.ts';
import { closeSpeedMenu, isSpeedMenuOpen } from './speed-menu.ts';
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

/** Space presses these controls. */
const PRESSABLE = 'button, summary, input, [role=button]';

/** Returns what a key does on the page of a clip, or null if the key belongs to something else. */
export function findAct(
  action: ClipAction,
  { key, target, repeat }: Pick<KeyboardEvent, 'key' | 'target' | 'repeat'>,
  parts: ActionParts,
): (() => void) | null {
  if (key === ' ' && target instanceof Element && target.matches(PRESSABLE)) return null;
  if (action.kind === 'leaveTheatre') return findEscape(target, parts);
  if (repeat && !mayRepeat(action)) return () => undefined;
  return () => act(action, parts);
}

/** Escape closes the speeds or a menu around the focus, then leaves theatre. Full screen is the browser's own. */
function findEscape(target: EventTarget | null, { settings }: ActionParts): (() => void) | null {
  if (document.fullscreenElement !== null) return null;
  if (target instanceof Element && target.closest(OPEN_MENU) !== null) return null;
  if (isSpeedMenuOpen()) return closeSpeedMenu;
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
