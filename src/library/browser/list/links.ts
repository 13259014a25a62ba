import { pathOfForm } from '../search/search-form.ts';
import { isPlainClick } from '../page/is-plain-click.ts';
import type { ResultList } from './result-list.ts';
import { isSameList } from './same-list.ts';

/** Shows chips, filters and sorts without leaving the page. */
export function startListLinks(list: ResultList): void {
  document.addEventListener('click', (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const link = target?.closest<HTMLAnchorElement>('#results a[href]');
    // A card's links and "Show more" have scripts of their own.
    if (!link || !isPlainClick(event) || link.closest('.card, #more') !== null) return;
    const url = new URL(link.href);
    if (!isSameList(url) || url.hash !== '') return;
    event.preventDefault();
    void list.show(url.pathname + url.search, { entry: 'push' });
  });
  document.addEventListener('submit', (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || form.closest('#results') === null) return;
    if (form.method !== 'get') return;
    const url = pathOfForm(form, event.submitter);
    if (!isSameList(url)) return;
    event.preventDefault();
    void list.show(url.pathname + url.search, { entry: 'push' });
  });
}
