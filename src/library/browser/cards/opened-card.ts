import { markOpened } from '../page/click-through.ts';
import { cardOf } from './cards.ts';
import { isPlainClick } from '../page/is-plain-click.ts';
import { OPENED_CLASS } from '../list/current-place.ts';
import type { ResultList } from '../list/result-list.ts';

/** Marks the card that the reader opens. "Back" leads to this card. */
export function startOpenedCard(list: ResultList): void {
  document.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('a.title') : null;
    const card = cardOf(link);
    if (card === null || !isPlainClick(event)) return;
    markCard(card);
    markOpened(card.dataset.id ?? '');
    list.savePlace();
  });
}

function markCard(card: Element): void {
  document.querySelector(`.${OPENED_CLASS}`)?.classList.remove(OPENED_CLASS);
  card.classList.add(OPENED_CLASS);
}
