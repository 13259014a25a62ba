import { LatestRequest, readPage } from '../page/latest-request.ts';
import { announce } from '../page/say.ts';
import { newClipsText } from '../words.ts';
import { titleLinkOf } from '../cards/cards.ts';
import { countNewClips } from './count-new-clips.ts';
import type { ResultList } from './result-list.ts';
import { currentPath } from './same-list.ts';

/** How often a visible page asks for newer clips, in milliseconds. */
const POLL_MS = 30_000;

/** Offers clips that arrived after the page, in a button that floats, so that nothing on the page moves. */
export function startNewClips(list: ResultList, { pollMs = POLL_MS } = {}): void {
  if (document.getElementById('results') === null) return;
  const request = new LatestRequest();
  const pill = document.createElement('button');
  pill.type = 'button';
  pill.className = 'pill';
  pill.hidden = true;
  document.body.append(pill);
  const poll = async () => {
    const path = list.wantedPath;
    if (document.hidden || !isNewestFirst() || path !== currentPath()) return;
    try {
      const page = await request.send(path, readPage);
      if (page === null || path !== list.wantedPath) return;
      const fresh = readCardIds(page);
      const count = countNewClips(fresh, readCardIds(document));
      const hasMore = page.getElementById('more') !== null;
      const text = newClipsText(count, count === fresh.length && hasMore);
      pill.hidden = count === 0;
      if (count > 0 && pill.textContent !== text) announce(text);
      pill.textContent = text;
    } catch {
      // The next poll tries again. The reader asked for nothing.
    }
  };
  let timer = 0;
  const restart = () => {
    clearInterval(timer);
    if (!document.hidden) timer = setInterval(() => void poll(), pollMs);
  };
  document.addEventListener('visibilitychange', restart);
  restart();
  list.onSwap(() => {
    request.abort();
    pill.hidden = true;
  });
  pill.addEventListener('click', () => {
    void list.show(list.wantedPath, { entry: 'keep' }).then((isShown) => {
      if (isShown) titleLinkOf(document.querySelector('#cards .card'))?.focus();
    });
  });
}

/** Only in this order do new clips come first. */
function isNewestFirst(): boolean {
  const parameters = document.getElementById('results')?.dataset.search ?? '';
  return (new URLSearchParams(parameters).get('sort') ?? 'newest') === 'newest';
}

function readCardIds(page: Document): string[] {
  return Array.from(page.querySelectorAll('#cards .card'), (card) => card.id);
}
