import { findCards } from '../cards/cards.ts';
import { goTo } from './current-place.ts';
import { readPlace } from './place.ts';
import type { ResultList } from './result-list.ts';
import { currentPath } from './same-list.ts';

/**
 * Makes "back" lead to the same card. If the browser kept the page, nothing is left to do. Else the history entry of the
 * list says where the reader was, and one request brings all cards that were shown.
 */
export function startReturn(list: ResultList): void {
  if (document.getElementById('results') === null) return;
  // The browser would scroll before the cards are there.
  history.scrollRestoration = 'manual';
  addEventListener('popstate', (event) => void list.restore(event.state));
  addEventListener('pagehide', () => list.savePlace());
  // A phone may end a page that is hidden without another event.
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) list.savePlace();
  });
  const place = readPlace(history.state);
  if (place === null) return;
  const hasMore = document.getElementById('more') !== null;
  if (hasMore && place.count > findCards().length) {
    void list.show(currentPath(), { entry: 'keep', place });
  } else goTo(place);
}
