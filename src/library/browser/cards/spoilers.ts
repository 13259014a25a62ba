import { LatestRequest, readPage, tellFault } from '../page/latest-request.ts';
import { announce } from '../page/say.ts';
import { SCRIPT_WORDS } from '../words.ts';
import { cardOf, titleLinkOf } from './cards.ts';
import { isPlainClick } from '../page/is-plain-click.ts';

/** Shows a covered picture without leaving the page. The picture is not in the page until the reader asks for it. */
export function startSpoilers(): void {
  document.addEventListener('click', (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const link = target?.closest<HTMLAnchorElement>('#results .card .covered a[href]');
    const card = cardOf(link ?? null);
    if (!link || card === null || !isPlainClick(event)) return;
    event.preventDefault();
    const url = new URL(link.href);
    // The reader may ask for another picture before this one is there.
    const request = new LatestRequest();
    void request.send(url.pathname + url.search, readPage).then((page) => {
      const fresh = page?.getElementById(card.id);
      if (page === null) return;
      if (!fresh || !card.isConnected) location.assign(link.href);
      else {
        card.replaceWith(document.adoptNode(fresh));
        titleLinkOf(fresh)?.focus({ preventScroll: true });
        announce(SCRIPT_WORDS.shown);
      }
    }, tellFault);
  });
}
