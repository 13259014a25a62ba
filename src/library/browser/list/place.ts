/** Where a reader is in a list. The list's own history entry holds it, so that "back" leads to the same card. */
export interface Place {
  /** The number of cards on the page. */
  count: number;
  /** The id of the element of a card; null at the top of the page. */
  anchorId: string | null;
  /** The card's place in the list, from 0. If the card is gone, "back" leads to the card that is there now. */
  at: number;
  /** How far the card's top is below the window's top, in CSS pixels. */
  offset: number;
}

/** A card's box in the window, in CSS pixels. */
export interface CardBox {
  id: string;
  top: number;
  bottom: number;
}

/** The server sends at most this many cards at once. */
export const MAX_COUNT = 240;

/**
 * Chooses the card that "back" leads to: the card that the reader opened if it is in view, else the first card that
 * is in view below the header. At the top of the page there is no such card.
 */
export function choosePlace(
  cards: readonly CardBox[],
  { count, isAtTop, headerHeight, windowHeight, openedId }: PlaceContext,
): Place {
  const isInView = ({ top, bottom }: CardBox) => bottom > headerHeight && top < windowHeight;
  const opened = cards.find((card) => card.id === openedId && isInView(card));
  const anchor = opened ?? (isAtTop ? undefined : cards.find(isInView));
  const shown = Math.min(count, MAX_COUNT);
  if (anchor === undefined) return { count: shown, anchorId: null, at: 0, offset: 0 };
  const { id, top } = anchor;
  return { count: shown, anchorId: id, at: cards.indexOf(anchor), offset: Math.round(top) };
}

export interface PlaceContext {
  /** The number of cards of the list, without its close matches. */
  count: number;
  isAtTop: boolean;
  headerHeight: number;
  windowHeight: number;
  /** The id of the card that the reader opened last; null if none. */
  openedId: string | null;
}

/** Reads the state of a history entry. Returns null if a list did not write it. */
export function readPlace(state: unknown): Place | null {
  if (typeof state !== 'object' || state === null) return null;
  const { count, anchorId, at, offset } = state as Partial<Record<keyof Place, unknown>>;
  if (typeof count !== 'number' || typeof offset !== 'number') return null;
  return {
    count: Math.min(count, MAX_COUNT),
    offset,
    anchorId: typeof anchorId === 'string' ? anchorId : null,
    at: typeof at === 'number' ? at : 0,
  };
}

/** Returns a path with one more parameter. The path may have others. */
export function pathWith(path: string, name: string, value: string): string {
  return `${path}${path.includes('?') ? '&' : '?'}${name}=${encodeURIComponent(value)}`;
}
