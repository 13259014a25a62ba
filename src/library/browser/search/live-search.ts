import type { ResultList } from '../list/result-list.ts';
import { isSameList } from '../list/same-list.ts';
import { adoptSearchForm, findSearchField, findSearchForm, pathOfForm } from './search-form.ts';
import { isFinishedText } from './typed-text.ts';

/** The list follows the text when the reader has typed nothing for this long, in milliseconds. */
export const TYPING_PAUSE_MS = 150;

export interface LiveSearch {
  /** Searches now, as Enter does. Returns false if the form leads to another page. */
  searchNow(submitter?: HTMLElement | null): boolean;
  /** Empties the field and shows all clips. */
  clear(): void;
}

/**
 * Searches while the reader types. Typing replaces the history entry, and Enter pushes one. On a page without a list,
 * `list` is null, and only Enter searches.
 */
export function startLiveSearch(list: ResultList | null): LiveSearch {
  let timer = 0;
  const search = (entry: 'push' | 'replace', submitter: HTMLElement | null = null): boolean => {
    clearTimeout(timer);
    const form = findSearchForm();
    const field = findSearchField();
    if (list === null || form === null || field === null) return false;
    const url = pathOfForm(form, submitter);
    if (!isSameList(url)) return false;
    const text = field.value;
    const path = url.pathname + url.search;
    const isFinished = entry === 'push' || isFinishedText(text);
    if (path === list.wantedPath && !isFinished) return true;
    const adopt = (page: Document) => {
      // A finished operator becomes a chip. What the reader typed in the meantime stays.
      if (!isFinished || field.value !== text) return path;
      adoptSearchForm(page);
      if (entry === 'replace' && field.value !== '' && field.value !== text) field.value += ' ';
      const adopted = pathOfForm(form);
      return adopted.pathname + adopted.search;
    };
    void list.show(path, { entry, adopt, isTyping: !isFinished });
    return true;
  };
  findSearchField()?.addEventListener('input', (event) => {
    clearTimeout(timer);
    if (event instanceof InputEvent && event.isComposing) return;
    timer = setTimeout(() => search('replace'), TYPING_PAUSE_MS);
  });
  findSearchField()?.addEventListener('compositionend', () => {
    clearTimeout(timer);
    timer = setTimeout(() => search('replace'), TYPING_PAUSE_MS);
  });
  // "Back" brings another text.
  addEventListener('popstate', () => clearTimeout(timer));
  // A phone shows the field only while it has the focus or a text.
  findSearchField()?.addEventListener('blur', showText);
  list?.onSwap(showText);
  findSearchForm()?.addEventListener('submit', (event) => {
    if (!search('push', event.submitter)) return;
    event.preventDefault();
    // The keyboard of a phone would cover the list.
    if (matchMedia('(hover: none)').matches) findSearchField()?.blur();
  });
  return {
    searchNow: (submitter) => search('push', submitter),
    clear() {
      const field = findSearchField();
      if (field === null || field.value === '') return;
      field.value = '';
      search('replace');
    },
  };
}

function showText(): void {
  const field = findSearchField();
  if (field === null || field === document.activeElement) return;
  field.closest('header')?.classList.toggle('has-text', field.value !== '');
}
