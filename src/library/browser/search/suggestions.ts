import { LatestRequest } from '../page/latest-request.ts';
import { TYPING_PAUSE_MS, type LiveSearch } from './live-search.ts';
import { findSearchField } from './search-form.ts';
import { readSuggestions, type Suggestion } from './read-suggestions.ts';
import { SuggestionList } from './suggestion-list.ts';
import { insertSuggestion } from './typed-text.ts';

/** Suggests people, channels, games and operators. The field's text changes only when the reader chooses. */
export function startSuggestions(search: LiveSearch): void {
  const field = findSearchField();
  if (field === null) return;
  const request = new LatestRequest();
  let timer = 0;
  const choose = ({ insert }: Suggestion) => {
    const caret = field.selectionEnd ?? field.value.length;
    const typed = insertSuggestion(field.value, caret, insert);
    field.value = typed.text;
    field.setSelectionRange(typed.caret, typed.caret);
    stop();
    if (!typed.isFinished) void ask();
    // A form that leads to another page gets there with its own submit.
    else if (!search.searchNow()) field.form?.submit();
  };
  const list = new SuggestionList(field, choose);
  const stop = () => {
    clearTimeout(timer);
    request.abort();
    list.close();
  };
  const ask = async () => {
    const text = field.value.slice(0, field.selectionEnd ?? undefined);
    try {
      const answer = await request.send(
        `/api/suggest?q=${encodeURIComponent(text)}`,
        async (response): Promise<unknown> => await response.json(),
      );
      if (answer !== null && document.activeElement === field) list.show(readSuggestions(answer));
    } catch {
      // Without suggestions, the search works as well.
      list.close();
    }
  };
  field.addEventListener('input', () => {
    clearTimeout(timer);
    list.deactivate();
    if (field.value.trim() === '') stop();
    else timer = setTimeout(() => void ask(), TYPING_PAUSE_MS);
  });
  field.addEventListener('blur', stop);
  field.form?.addEventListener('submit', stop);
  field.addEventListener('keydown', (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey) return;
    const { key } = event;
    if (key === 'Escape') {
      // Chromium empties a search field at once.
      event.preventDefault();
      if (list.isOpen) stop();
      else search.clear();
    } else if (key === 'Enter' && list.active !== null) {
      event.preventDefault();
      choose(list.active);
    } else if (key === 'ArrowDown' || key === 'ArrowUp') {
      event.preventDefault();
      if (event.altKey && key === 'ArrowUp') stop();
      else if (!list.isOpen) void ask();
      else if (!event.altKey) list.move(key === 'ArrowDown' ? 1 : -1);
    } else if (/^(Arrow(Left|Right)|Home|End)$/.test(key)) {
      list.deactivate();
    }
  });
}
