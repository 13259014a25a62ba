import type { Player } from './player.ts';

/** The cover of a spoiler, or why a clip doesn't play. */
const OVER = '.over:not([hidden])';
/** The dialog that shows it in full screen. Shortcuts act there too. */
const SCREEN_CLASS = 'screen';

/** What Safari on an iPhone has instead of the standard's method. */
interface IosVideo {
  webkitExitFullscreen?: () => void;
}

/**
 * Shows what lies over the video in full screen too. There, a browser shows only the video and what entered the top layer
 * later, and in Chromium only a modal dialog can be pressed. Returns what lies over the video, or null.
 */
export function layOverVideo({ frame, video }: Player): HTMLElement | null {
  const screen = frame.querySelector(`.${SCREEN_CLASS}`);
  screen?.replaceWith(...screen.childNodes);
  const over = frame.querySelector<HTMLElement>(OVER);
  if (over === null) return null;
  if (document.fullscreenElement === video) showScreen(frame, over);
  else (video as IosVideo).webkitExitFullscreen?.();
  return over;
}

function showScreen(frame: HTMLElement, over: HTMLElement): void {
  const screen = document.createElement('dialog');
  screen.className = SCREEN_CLASS;
  screen.setAttribute('aria-label', over.querySelector('p')?.textContent ?? '');
  // Esc leaves full screen, and what lies over the video stays.
  screen.addEventListener('cancel', (event) => {
    event.preventDefault();
    leaveFullScreen();
  });
  screen.append(over);
  frame.append(screen);
  screen.showModal();
}

/** Keeps what lies over the video in sight when full screen begins or ends. */
export function followFullScreen(player: Player): void {
  document.addEventListener('fullscreenchange', () => void layOverVideo(player));
}

/** Ends full screen, for what the browser would not show there. */
export function leaveFullScreen(): void {
  if (document.fullscreenElement !== null) document.exitFullscreen().catch(() => undefined);
}
