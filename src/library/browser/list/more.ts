import { LatestRequest, readPage, tellFault } from '../page/latest-request.ts';
import { announce } from '../page/say.ts';
import { addedText } from '../words.ts';
import { titleLinkOf } from '../cards/cards.ts';
import { isPlainClick } from '../page/is-plain-click.ts';
import { shownIds, type ResultList } from './result-list.ts';

/**
 * "Show more" follows itself this many times, then it waits for the reader. Lists without end keep readers from the end
 * of the page: https://gitlab.com/gitlab-org/gitlab-ui/-/issues/1196
 */
const MAX_AUTOMATIC = 2;
/** The link follows itself when it is this close to the window. */
const NEAR = '600px';

/** Adds more clips to the end of the list. The page's address stays. */
export function startMore(list: ResultList): void {
  const request = new LatestRequest();
  let automatic = 0;
  let isLoading = false;
  const observer = new IntersectionObserver(
    (entries) => {
      if (automatic >= MAX_AUTOMATIC || !entries.some((entry) => entry.isIntersecting)) return;
      automatic++;
      void load(false);
    },
    { rootMargin: NEAR },
  );
  const observe = () => {
    observer.disconnect();
    const more = findMore();
    if (more !== null && automatic < MAX_AUTOMATIC) observer.observe(more);
  };
  const load = async (isPressed: boolean) => {
    const more = findMore();
    if (more === null || isLoading) return;
    isLoading = true;
    more.setAttribute('aria-busy', 'true');
    try {
      const url = new URL(more.href);
      const page = await request.send(url.pathname + url.search, readPage);
      // Another list may have come in the meantime.
      if (page !== null && more.isConnected) {
        const hasFocus = more === document.activeElement;
        const first = append(page, more);
        if (isPressed || hasFocus) (titleLinkOf(first) ?? findMore())?.focus();
      }
    } catch {
      tellFault();
    } finally {
      isLoading = false;
      more.removeAttribute('aria-busy');
      observe();
    }
  };
  list.onSwap(() => {
    request.abort();
    isLoading = false;
    automatic = 0;
    observe();
  });
  document.addEventListener('click', (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (!target?.closest('#more') || !isPlainClick(event)) return;
    event.preventDefault();
    void load(true);
  });
}

function findMore(): HTMLAnchorElement | null {
  return document.querySelector<HTMLAnchorElement>('a#more');
}

/** Adds the cards of the next page and its own "Show more". Returns the first new card. */
function append(page: Document, more: HTMLElement): Element | null {
  const known = new Set(shownIds());
  const cards = document.getElementById('cards');
  // A clip that arrived in the meantime moves the others on, so the next page may repeat some.
  const items = Array.from(page.querySelectorAll('#cards > li')).filter((item) => {
    const id = item.querySelector('.card')?.id;
    return id !== undefined && !known.has(id);
  });
  for (const item of items) cards?.append(document.adoptNode(item));
  const old = more.closest('.more') ?? more;
  const fresh = page.querySelector('#results .more');
  if (fresh === null) old.remove();
  else old.replaceWith(document.adoptNode(fresh));
  announce(addedText(items.length));
  return items[0]?.querySelector('.card') ?? null;
}
