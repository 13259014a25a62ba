import { LatestRequest, readPage, tellFault } from '../page/latest-request.ts';
import { announce } from '../page/say.ts';
import { adoptSearchForm } from '../search/search-form.ts';
import { findCards } from '../cards/cards.ts';
import { currentPlace, goTo } from './current-place.ts';
import { findSameControl } from './same-control.ts';
import { pathWithSeed } from './path-with-seed.ts';
import { currentPath } from './same-list.ts';
import { pathWith, readPlace, type Place } from './place.ts';

export interface ShowOptions {
  /** What happens to the browser's history: typing replaces the entry; Enter, chips, filters and sort push one. */
  entry: 'push' | 'replace' | 'keep';
  /** True if the last word of the text may be unfinished. The server then does not read it as an operator. */
  isTyping?: boolean;
  /** Where the reader was in this list; null for the top. */
  place?: Place | null;
  /** Takes over what the server made of the search, and returns the list's address. */
  adopt?: (page: Document, path: string) => string;
}

/** The list of clips. It fetches the same page with other parameters and swaps `#results`. */
export class ResultList {
  readonly #request = new LatestRequest();
  readonly #afterSwap: (() => void)[] = [];
  /** The address before the reader began to type, because typing replaces the address. */
  #settledPath = currentPath();
  /** The places of lists that the reader left by "back" or "forward", by address. */
  readonly #left = new Map<string, Place>();
  /** The address of the list that is shown. */
  #shownPath = currentPath();

  /** True while the list of "back" or "forward" is on its way. */
  #isReturning = false;

  /** The address of the list that is shown or on its way. */
  wantedPath = currentPath();

  constructor() {
    const search = document.getElementById('results')?.dataset.search ?? '';
    this.#writeEntry(pathWithSeed(currentPath(), search), 'keep');
  }

  /** `listener` runs now and after each swap. */
  onSwap(listener: () => void): void {
    this.#afterSwap.push(listener);
    listener();
  }

  /** Shows another list. Returns false if the list was not shown. */
  async show(path: string, options: ShowOptions): Promise<boolean> {
    const { entry, isTyping = false, place = null, adopt = adoptPage } = options;
    this.wantedPath = path;
    this.#isReturning = false;
    const results = document.getElementById('results');
    results?.setAttribute('aria-busy', 'true');
    try {
      const typing = isTyping ? pathWith(path, 'typing', '1') : path;
      const asked = place === null ? typing : pathWith(typing, 'count', String(place.count));
      const page = await this.#request.send(asked, readPage);
      if (page === null) return false;
      const fresh = page.getElementById('results');
      if (fresh === null) throw new Error('the page has no list');
      if (fresh.dataset.path !== results?.dataset.path) return this.#leave(path);
      this.#writeEntry(pathWithSeed(adopt(page, path), fresh.dataset.search ?? ''), entry);
      this.#swap(page, fresh);
      if (place === null) scrollTo(0, 0);
      else goTo(place);
      return true;
    } catch {
      this.wantedPath = this.#shownPath;
      results?.removeAttribute('aria-busy');
      tellFault();
      return false;
    }
  }

  /** Writes the reader's place into the history entry of the list. */
  savePlace(): void {
    // After a "back" that failed, the entry belongs to another list.
    if (currentPath() === this.#shownPath) history.replaceState(currentPlace(), '');
  }

  /** Follows "back" and "forward" between lists of this page. The old list is still shown. */
  async restore(state: unknown): Promise<void> {
    const path = currentPath();
    if (path === this.#shownPath) {
      // The reader came forward again before the list of "back" arrived. Else this is a link to a part of the page.
      if (this.#isReturning) this.#cancel();
      return;
    }
    this.#left.set(this.#shownPath, currentPlace());
    this.#settledPath = path;
    const place = this.#left.get(path) ?? readPlace(state);
    // The entry can hold its place again, and the reader may leave it at another place.
    this.#left.delete(path);
    history.replaceState(place, '');
    const isShown = this.show(path, { entry: 'keep', place });
    this.#isReturning = true;
    await isShown;
  }

  /** Opens a list of another page, such as that of two people. "Back" leads to the list before the reader typed. */
  #leave(path: string): false {
    history.replaceState(null, '', this.#settledPath);
    this.#cancel();
    location.assign(path);
    return false;
  }

  #cancel(): void {
    this.#request.abort();
    this.wantedPath = this.#shownPath;
    document.getElementById('results')?.removeAttribute('aria-busy');
  }

  #writeEntry(path: string, entry: ShowOptions['entry']): void {
    if (entry === 'replace') history.replaceState(null, '', path);
    if (entry === 'push') {
      // The entry gets the address back that it had before the reader typed.
      const isSettled = this.#shownPath === this.#settledPath;
      history.replaceState(isSettled ? currentPlace() : null, '', this.#settledPath);
      this.#left.delete(this.#settledPath);
      if (path !== this.#settledPath) history.pushState(null, '', path);
    }
    if (entry === 'keep' && path !== currentPath()) history.replaceState(history.state, '', path);
    if (entry !== 'replace') this.#settledPath = path;
    this.#shownPath = path;
    this.wantedPath = path;
  }

  #swap(page: Document, fresh: HTMLElement): void {
    const results = document.getElementById('results');
    if (results === null) return;
    const focused = results.contains(document.activeElement) ? document.activeElement : null;
    const control = focused === null ? null : findSameControl(focused, results, fresh);
    document.adoptNode(fresh);
    results.replaceWith(fresh);
    control?.focus({ preventScroll: true });
    document.title = page.title;
    swapNotices(page, fresh);
    const random = page.getElementById('random')?.getAttribute('href');
    if (random) document.getElementById('random')?.setAttribute('href', random);
    announce(summaryOf(fresh));
    for (const listener of this.#afterSwap) listener();
  }
}

/** Returns what a list without clips says, else the number of its clips. */
function summaryOf(results: HTMLElement): string {
  const summary = results.querySelector('.empty p') ?? results.querySelector('#count');
  return summary?.textContent ?? '';
}

/** The notices of a search stand before the list. */
function swapNotices(page: Document, results: HTMLElement): void {
  for (const notice of document.querySelectorAll('#main > .notice')) notice.remove();
  const notices = page.querySelectorAll('#main > .notice');
  results.parentElement?.prepend(...Array.from(notices, (notice) => document.adoptNode(notice)));
}

function adoptPage(page: Document, path: string): string {
  adoptSearchForm(page);
  return path;
}

/** The ids of the clips that are shown. */
export function shownIds(root: ParentNode = document): string[] {
  return findCards(root).map((card) => card.id);
}
