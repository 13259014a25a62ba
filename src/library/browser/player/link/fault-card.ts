import { announce, tell } from '../../page/say.ts';
import { layOverVideo } from '../over-video.ts';
import type { Player } from '../player.ts';
import { PLAYER_WORDS, unplayableText } from '../words.ts';

/** Types for codecs that most browsers know. A file in such a codec may still be broken or of a rare kind. */
const TYPES: Readonly<Record<string, string>> = {
  'H.264': 'video/mp4; codecs="avc1.42E01E"',
  AV1: 'video/mp4; codecs="av01.0.04M.08"',
  VP8: 'video/webm; codecs="vp8"',
  VP9: 'video/webm; codecs="vp9"',
};

/** Says over the player why the clip doesn't play, and what the reader can do. */
export function showUnplayable(player: Player): void {
  const { clip } = player;
  const links = [createLink(PLAYER_WORDS.openFile, clip.path)];
  if (clip.discord !== '') links.unshift(createLink(PLAYER_WORDS.openInDiscord, clip.discord));
  const isKnown = player.video.canPlayType(TYPES[clip.codec] ?? '') === 'probably';
  show(player, unplayableText(isKnown ? '' : clip.codec), links);
}

/** Shows that there is no link to the clip, with a button that calls `tryAgain`. */
export function showUnreachable(player: Player, tryAgain: () => void): void {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'button primary';
  button.textContent = PLAYER_WORDS.tryAgain;
  button.addEventListener('click', () => {
    tell(PLAYER_WORDS.tryingAgain);
    tryAgain();
  });
  show(player, PLAYER_WORDS.unreachable, [button]);
}

/** Hides what `show` has shown. The focus of its button moves to the video. */
export function hideFault(player: Player): void {
  const { fault, video } = player;
  if (fault === null) return;
  if (fault.contains(document.activeElement)) video.focus({ preventScroll: true });
  fault.hidden = true;
  layOverVideo(player);
}

function show(player: Player, sentence: string, controls: readonly HTMLElement[]): void {
  const { fault } = player;
  if (fault === null) return;
  const text = document.createElement('p');
  text.textContent = sentence;
  const actions = document.createElement('div');
  actions.className = 'actions';
  actions.append(...controls);
  fault.replaceChildren(createIcon('triangle-alert'), text, actions);
  fault.hidden = false;
  layOverVideo(player);
  announce(sentence);
}

function createLink(text: string, href: string): HTMLAnchorElement {
  const link = document.createElement('a');
  link.className = 'button';
  link.href = href;
  link.rel = 'noreferrer';
  link.textContent = text;
  return link;
}

const SVG = 'http://www.w3.org/2000/svg';

/** Returns an icon of the page's file of icons, whose address the page's other icons know. */
function createIcon(name: string): Element {
  const other = document.querySelector('.icon use')?.getAttribute('href') ?? '';
  const icon = document.createElementNS(SVG, 'svg');
  icon.setAttribute('class', 'icon');
  icon.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(SVG, 'use');
  use.setAttribute('href', `${other.split('#', 1)[0] ?? ''}#${name}`);
  icon.append(use);
  return icon;
}
