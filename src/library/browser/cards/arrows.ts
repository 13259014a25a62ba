import { cardOf, findCards, titleLinkOf } from './cards.ts';
import { findNeighbour, isArrowKey } from './find-neighbour.ts';

/** Returns what an arrow key does: it moves the focus between cards. Elsewhere, arrow keys scroll. */
export function findArrowAction(event: KeyboardEvent): (() => void) | null {
  const { key } = event;
  if (!isArrowKey(key) || event.shiftKey) return null;
  const card = cardOf(document.activeElement);
  if (card === null) return null;
  const cards = findCards();
  const boxes = cards.map((other) => other.getBoundingClientRect());
  const at = findNeighbour(boxes, cards.indexOf(card), key);
  const link = at === null ? null : titleLinkOf(cards[at]);
  return link === null ? null : () => link.focus();
}
