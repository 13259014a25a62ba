import { takeOpened } from '../page/click-through.ts';
import { listenToKeys } from '../page/keys.ts';
import { findPageAction } from '../page/page-keys.ts';
import { findAct } from './controls/act.ts';
import { listenToButtons, renderButtons, renderTime } from './controls/buttons.ts';
import { hideFault, showUnplayable, showUnreachable } from './link/fault-card.ts';
import { KeepAlive } from './link/keep-alive.ts';
import { findClipAction } from './rules/key-table.ts';
import { clickedClip, findNeighbour } from './order/links.ts';
import { describeToSystem } from './order/media-session.ts';
import { markMoment } from './controls/moments.ts';
import { followFullScreen } from './over-video.ts';
import { findPlayer, seekTo, tryPlay, type Player } from './player.ts';
import { PlayerSettings } from './controls/settings.ts';
import { Swap } from './order/swap.ts';
import { listenToSwipes } from './controls/swipe.ts';
import { parseStart } from './rules/times.ts';

/** The title and the text of a clip. */
const SWIPED = '#clip';

/** Makes the player of the page work. A page without a player, such as that of a deleted clip, keeps the page's keys. */
export function startPlayer(): void {
  const player = findPlayer();
  if (player === null) {
    listenToKeys(findPageAction);
    return;
  }
  const settings = new PlayerSettings(player);
  const keepAlive = new KeepAlive(player, {
    unplayable: () => showUnplayable(player),
    unreachable: () => showUnreachable(player, () => keepAlive.tryAgain()),
    // The clip's own page says why.
    gone: () => location.reload(),
    recovered: () => hideFault(player),
  });
  const go = (direction: 'next' | 'previous') => {
    const href = findNeighbour(direction);
    if (href !== null) void swap.goTo(href);
  };
  const render = () => {
    settings.render();
    renderButtons(player);
    markMoment(player.video.currentTime);
    describeToSystem(player, { next: () => go('next'), previous: () => go('previous') });
  };
  const swap = new Swap({
    player,
    keepAlive,
    onSwapped() {
      goToStart(player);
      render();
    },
  });
  listenToKeys((event) => {
    const action = findClipAction(event);
    const act = action && findAct(action, event, { player, settings, go });
    return act ?? findPageAction(event);
  });
  listenToButtons(player, settings);
  listenToSwipes(SWIPED, go);
  followFullScreen(player);
  document.addEventListener('click', (event) => {
    const href = clickedClip(event);
    if (href === null) return;
    event.preventDefault();
    void swap.goTo(href);
  });
  player.video.addEventListener('timeupdate', () => {
    renderTime(player.video.currentTime);
    markMoment(player.video.currentTime);
  });
  // A style sheet keeps a video that plays in sight.
  for (const name of ['playing', 'pause', 'ended', 'emptied']) {
    player.video.addEventListener(name, () => {
      player.frame.toggleAttribute('data-playing', name === 'playing');
    });
  }
  player.video.addEventListener('ended', () => {
    if (settings.playsNext) go('next');
  });
  render();
  start(player);
}

/** Begins at the time in the address, and plays if the reader came by a click. */
function start(player: Player): void {
  goToStart(player);
  if (takeOpened(player.clip.id)) tryPlay(player.video);
}

function goToStart({ video, clip }: Player): void {
  const seconds = parseStart(location.search);
  if (seconds !== null && seconds < (clip.seconds ?? Infinity)) seekTo(video, seconds);
}
