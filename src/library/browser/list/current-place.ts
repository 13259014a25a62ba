import { findCards, titleLinkOf } from '../cards/cards.ts';
import { choosePlace, type Place } from './place.ts';

/** Pictures and fonts may still change the page for this many frames. */
const MAX_CORRECTIONS = 10;

/** The class of the card that the reader opened last. */
export const OPENED_CLASS = 'opened';

/** Returns where the reader is in the list now. */
export function currentPlace(): Place {
  const cards = findCards().map((card) => {
    const { top, bottom } = card.getBoundingClientRect();
    return { id: card.id, top, bottom };
  });
  return choosePlace(cards, {
    count: document.querySelectorAll('#cards .card').length,
    isAtTop: scrollY === 0,
    headerHeight: document.querySelector('header')?.getBoundingClientRect().bottom ?? 0,
    windowHeight: innerHeight,
    openedId: document.querySelector(`.card.${OPENED_CLASS}`)?.id ?? null,
  });
}

/** Moves the window to a place. Cards outside the window get their real height only when they come into view. */
export function goTo({ anchorId, at, offset }: Place): void {
  const cards = findCards();
  const there = cards[Math.min(at, cards.length - 1)] ?? null;
  const card = anchorId === null ? null : (document.getElementById(anchorId) ?? there);
  if (card === null) {
    scrollTo(0, 0);
    return;
  }
  let corrections = 0;
  const correct = () => {
    const wayOff = card.getBoundingClientRect().top - offset;
    if (Math.abs(wayOff) >= 1) scrollBy(0, wayOff);
    if (++corrections < MAX_CORRECTIONS && card.isConnected) requestAnimationFrame(correct);
  };
  correct();
  titleLinkOf(card)?.focus({ preventScroll: true, focusVisible: false });
}
