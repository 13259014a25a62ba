import { markOpened, RANDOM_CLIP } from '../page/click-through.ts';
import { clipIdOfLink } from '../page/clip-link.ts';
import { cardOf } from './cards.ts';
import { isPlainClick } from '../page/is-plain-click.ts';
import { OPENED_CLASS } from '../list/current-place.ts';
import type { ResultList } from '../list/result-list.ts';

/** Remembers the clip that the reader opens, and marks its card. "Back" leads to this card. */
export function startOpenedCard(list: ResultList): void {
  document.addEventListener('click', (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const link = target?.closest<HTMLAnchorElement>('a[href]');
    if (!link || !isPlainClick(event)) return;
    const id = link.id === 'random' ? RANDOM_CLIP : clipIdOfLink(link);
    if (id === null) return;
    const card = cardOf(link);
    if (card !== null) markCard(card);
    markOpened(id);
    list.savePlace();
  });
}

function markCard(card: Element): void {
  document.querySelector(`.${OPENED_CLASS}`)?.classList.remove(OPENED_CLASS);
  card.classList.add(OPENED_CLASS);
}
