/** All cards of the list and of its close matches, in the order of the page. */
export function findCards(root: ParentNode = document): HTMLElement[] {
  return Array.from(root.querySelectorAll<HTMLElement>('#results .card'));
}

/** Returns the card around an element, or null. */
export function cardOf(target: EventTarget | null): HTMLElement | null {
  return target instanceof Element ? target.closest<HTMLElement>('#results .card') : null;
}

/** Returns the link that opens the clip of a card. */
export function titleLinkOf(card: Element | null | undefined): HTMLAnchorElement | null {
  return card?.querySelector<HTMLAnchorElement>('a.title') ?? null;
}
