import { momentOf } from './moments.ts';
import { closeSpeedMenu } from './speed-menu.ts';
import { seekTo, type Player } from '../player.ts';
import type { PlayerSettings } from './settings.ts';
import { canShare, copyEmbedCode, copyLink, copyLinkAt, share } from '../share/share.ts';
import { clockText } from '../rules/times.ts';

/** Makes the page's buttons work. One listener is enough for the buttons of all clips that the page will show. */
export function listenToButtons(player: Player, settings: PlayerSettings): void {
  const presses: Readonly<Record<string, (button: HTMLElement) => void>> = {
    copy: () => copyLink(player),
    'copy-at': () => copyLinkAt(player),
    share: () => share(player),
    'embed-code': copyEmbedCode,
    speed: () => settings.toggleSpeedMenu(),
    loop: () => settings.toggleLoop(),
    'play-next': () => settings.togglePlayNext(),
    theatre: () => settings.toggleTheatre(),
  };
  document.addEventListener('click', (event) => {
    const { target } = event;
    if (!(target instanceof Element)) return;
    if (target.closest('#speed, #speed-menu') === null) closeSpeedMenu();
    const moment = momentOf(target);
    if (moment !== null) {
      // Without a script, the button loads the page again with the moment's time.
      event.preventDefault();
      seekTo(player.video, moment);
    }
    const button = target.closest<HTMLElement>('button[id]');
    if (button === null || presses[button.id] === undefined) return;
    presses[button.id]?.(button);
    // The buttons in the menu of more actions close it.
    const menu = button.closest<HTMLDetailsElement>('#more-actions');
    if (menu === null) return;
    menu.open = false;
    menu.querySelector('summary')?.focus();
  });
}

/** Shows what depends on the browser or on the time, in buttons that a new clip brought. */
export function renderButtons({ video }: Player): void {
  const shareButton = document.getElementById('share');
  if (shareButton !== null) shareButton.hidden = !canShare();
  renderTime(video.currentTime);
}

/** Shows in "At 0:12" the second that a press would copy. */
export function renderTime(seconds: number): void {
  const button = document.getElementById('copy-at');
  const label = button?.querySelector('.time') ?? button;
  const text = label === button ? `At ${clockText(seconds)}` : clockText(seconds);
  if (label && label.textContent !== text) label.textContent = text;
}
