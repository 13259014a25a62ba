import { LatestRequest, readPage, tellFault } from '../page/latest-request.ts';
import { isPlainClick } from '../page/is-plain-click.ts';
import type { ResultList } from '../list/result-list.ts';

/** Opens and closes the menu of filters without leaving the page. The server counts and renders the filters. */
export function startFilterMenu(list: ResultList): void {
  const request = new LatestRequest();
  /** The button as it was before the menu opened; null while the menu is closed. */
  let closedButton: HTMLElement | null = null;
  const open = async (button: HTMLAnchorElement) => {
    const url = new URL(button.href);
    try {
      const page = await request.send(url.pathname + url.search, readPage);
      if (page === null || !button.isConnected) return;
      const openButton = page.getElementById('filter');
      const menu = page.getElementById('filter-menu');
      if (openButton === null || menu === null) throw new Error('the page has no filters');
      document.getElementById('filter-menu')?.replaceWith(document.adoptNode(menu));
      replaceButton(button, document.adoptNode(openButton));
      closedButton = button;
    } catch {
      tellFault();
    }
  };
  const close = (): boolean => {
    const button = document.getElementById('filter');
    if (button === null || closedButton === null) return false;
    replaceButton(button, closedButton);
    document.getElementById('filter-menu')?.replaceChildren();
    closedButton = null;
    return true;
  };
  list.onSwap(() => {
    request.abort();
    closedButton = null;
  });
  document.addEventListener('click', (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const button = target?.closest<HTMLAnchorElement>('a#filter');
    if (!button || !isPlainClick(event)) return;
    const isOpen = button.getAttribute('aria-expanded') === 'true';
    // A page that came with its menu has a link that closes the menu.
    if (isOpen && !close()) return;
    event.preventDefault();
    if (!isOpen) void open(button);
  });
  document.addEventListener('keydown', (event) => {
    const target = event.target instanceof Element ? event.target : null;
    // A link with the role of a button must act on Space too.
    if (event.key === ' ' && target?.id === 'filter') {
      event.preventDefault();
      (target as HTMLElement).click();
    }
    const isInMenu = target?.closest('#filter, #filter-menu') != null;
    if (event.key === 'Escape' && isInMenu && close()) document.getElementById('filter')?.focus();
  });
}

function replaceButton(button: HTMLElement, other: HTMLElement): void {
  const hasFocus = button === document.activeElement;
  button.replaceWith(other);
  if (hasFocus) other.focus();
}
