import { LatestRequest, readPage, RefusedError, tellFault } from '../../page/latest-request.ts';
import { announce } from '../../page/say.ts';
import { readClipData } from '../rules/clip-data.ts';
import type { KeepAlive } from '../link/keep-alive.ts';
import { layOverVideo } from '../over-video.ts';
import { tryPlay, type Player } from '../player.ts';
import { nowShownText } from '../words.ts';

/** The parts of the page that belong to a clip. The player is not among them. */
const PARTS = ['clip', 'side'] as const;
/** The attributes of the video that belong to the clip. Its address changes last. A covered clip has none of them. */
const VIDEO_ATTRIBUTES = [
  'controls',
  'playsinline',
  'poster',
  'preload',
  'width',
  'height',
  'aria-label',
] as const;
/** What programs that share the page take for its address. */
const CANONICAL = 'link[rel=canonical]';
/** Elements of the old page whose state the reader expects on the next one. */
const KEPT_OPEN = 'details';

export interface SwapParts {
  player: Player;
  keepAlive: KeepAlive;
  /** Called after the page shows another clip. */
  onSwapped: () => void;
}

/**
 * Shows other clips on this page. Everything but the `<video>` element changes, so full screen and the permission to play
 * sound stay. The video of a covered clip has no source, and the cover lies over it.
 */
export class Swap {
  readonly #parts: SwapParts;
  readonly #request = new LatestRequest();
  /** The path and query of the clip that the page shows. */
  #shown = pathOf(location.href);
  /** True while the clip of "back" or "forward" is on its way. */
  #isGoingBack = false;

  constructor(parts: SwapParts) {
    this.#parts = parts;
    // Changes of the hash arrive here too. They stay on the clip.
    addEventListener('popstate', () => {
      if (pathOf(location.href) !== this.#shown) void this.#show(location.href, { isBack: true });
      else if (this.#isGoingBack) this.#request.abort();
    });
  }

  /** Goes to a clip as if the reader had followed the link, and plays it. */
  async goTo(href: string): Promise<void> {
    await this.#show(href, { isBack: false });
  }

  async #show(href: string, { isBack }: { isBack: boolean }): Promise<void> {
    const { player } = this.#parts;
    const isPlayed = !isBack || !player.video.paused;
    this.#isGoingBack = isBack;
    let answer;
    try {
      answer = await this.#request.send(pathOf(href), async (response) => ({
        page: await readPage(response),
        // A random clip is behind a redirect.
        href: response.url,
      }));
    } catch (error) {
      // A page of the browser about a missing connection would end the clip that plays.
      if (!(error instanceof RefusedError)) tellFault();
      // The clip's own page says what is wrong with it. When the reader goes back, the address has changed already.
      else if (isBack) location.reload();
      else location.assign(href);
      return;
    }
    if (answer === null) return;
    if (!canSwap(answer.page)) {
      if (isBack) location.reload();
      else location.assign(answer.href);
      return;
    }
    if (!isBack) history.pushState(null, '', answer.href);
    this.#shown = pathOf(location.href);
    this.#replace(answer.page);
    const over = layOverVideo(player);
    if (over === null && isPlayed) tryPlay(player.video);
    // In full screen, the focus stays on what lies over the video.
    document.getElementById('title')?.focus({ preventScroll: true });
    if (!isBack) scrollTo(0, 0);
    announce(nowShownText(player.clip.title, over?.querySelector('p')?.textContent ?? ''));
    this.#parts.onSwapped();
  }

  #replace(page: Document): void {
    const { player, keepAlive } = this.#parts;
    const { frame, video } = player;
    const nextFrame = page.getElementById('player');
    const nextVideo = page.getElementById('video');
    document.title = page.title;
    for (const id of PARTS) swapPart(id, page);
    copyAttributes(page.querySelector(CANONICAL), document.querySelector(CANONICAL), ['href']);
    copyData(nextFrame, frame);
    copyAttributes(nextVideo, video, VIDEO_ATTRIBUTES);
    replaceOthers(
      video,
      [...(nextFrame?.children ?? [])].filter((child) => child !== nextVideo),
    );
    player.clip = readClipData(frame.dataset);
    keepAlive.load(nextVideo === null ? null : player.clip.path);
  }
}

function pathOf(href: string): string {
  const { pathname, search } = new URL(href, location.href);
  return pathname + search;
}

function canSwap(page: Document): boolean {
  const hasParts = PARTS.every(
    (id) => (page.getElementById(id) === null) === (document.getElementById(id) === null),
  );
  return hasParts && page.getElementById('player') !== null;
}

/** Replaces everything beside an element by copies of other elements. */
function replaceOthers(kept: Element, others: readonly Element[]): void {
  for (const sibling of [...(kept.parentElement?.children ?? [])]) {
    if (sibling !== kept) sibling.remove();
  }
  kept.after(...others.map((other) => document.importNode(other, true)));
}

function swapPart(id: string, page: Document): void {
  const old = document.getElementById(id);
  const next = page.getElementById(id);
  if (old === null || next === null) return;
  for (const details of old.querySelectorAll<HTMLDetailsElement>(`${KEPT_OPEN}[id]`)) {
    const same = page.getElementById(details.id);
    if (details.id !== 'more-actions' && same instanceof HTMLDetailsElement)
      same.open = details.open;
  }
  old.replaceWith(document.importNode(next, true));
}

function copyData(from: HTMLElement | null, to: HTMLElement): void {
  for (const name of Object.keys(to.dataset)) Reflect.deleteProperty(to.dataset, name);
  Object.assign(to.dataset, from?.dataset);
  to.className = from?.className ?? '';
}

function copyAttributes(from: Element | null, to: Element | null, names: readonly string[]): void {
  if (to === null) return;
  for (const name of names) {
    const value = from?.getAttribute(name) ?? null;
    if (value === null) to.removeAttribute(name);
    else to.setAttribute(name, value);
  }
}
