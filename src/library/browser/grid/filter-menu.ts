import { LatestRequest, readPage, tellFault } from '../page/latest-request.ts';
import { isPlainClick } from './cards.ts';
import type { ResultList } from './result-list.ts';

/** The parameter of the page that has the menu. Counting the clips of each filter takes time. */
const PARAMETER = 'filter';

/** Opens and closes the menu of filters without leaving the page. The server counts and renders the filters. */
export function startFilterMenu(list: ResultList): void {
  const request = new LatestRequest();
  const close = () => {
    request.abort();
    document.querySelector('#results .facets')?.remove();
    findButton()?.removeAttribute('aria-expanded');
  };
  const open = async (link: HTMLAnchorElement) => {
    const url = new URL(link.href);
    try {
      const page = await request.send(url.pathname + url.search, readPage);
      if (page === null || !link.isConnected) return;
      const menu = page.querySelector('#results .facets');
      if (menu === null) throw new Error('the page has no filters');
      document.querySelector('#results .bar')?.after(document.adoptNode(menu));
      link.setAttribute('aria-expanded', 'true');
      menu.querySelector<HTMLElement>('a, input, select')?.focus({ preventScroll: true });
    } catch {
      tellFault();
    }
  };
  list.onSwap(() => request.abort());
  document.addEventListener('click', (event) => {
    const link = findButton();
    const isOnLink = event.target instanceof Element && event.target.closest('a') === link;
    if (link === null || !isOnLink || !isPlainClick(event)) return;
    event.preventDefault();
    if (document.querySelector('#results .facets') === null) void open(link);
    else close();
  });
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || event.defaultPrevented) return;
    const menu = document.querySelector('#results .facets');
    if (menu?.contains(document.activeElement) !== true) return;
    close();
    findButton()?.focus();
  });
}

function findButton(): HTMLAnchorElement | null {
  const links = document.querySelectorAll<HTMLAnchorElement>('#results .bar a.add');
  return Array.from(links).find(({ href }) => new URL(href).searchParams.has(PARAMETER)) ?? null;
}
