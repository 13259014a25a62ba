import { countText, SCRIPT_WORDS } from '../words.ts';
import type { Suggestion } from './read-suggestions.ts';

/** The list below the search field: https://www.w3.org/WAI/ARIA/apg/patterns/combobox/ */
export class SuggestionList {
  readonly #field: HTMLInputElement;
  readonly #box = document.createElement('ul');
  #suggestions: Suggestion[] = [];
  #active = -1;

  constructor(field: HTMLInputElement, onChoose: (suggestion: Suggestion) => void) {
    this.#field = field;
    this.#box.id = 'suggestions';
    this.#box.className = 'suggestions popover';
    this.#box.setAttribute('role', 'listbox');
    this.#box.setAttribute('aria-label', SCRIPT_WORDS.suggestions);
    this.#box.hidden = true;
    field.parentElement?.append(this.#box);
    // The field keeps the focus.
    this.#box.addEventListener('pointerdown', (event) => event.preventDefault());
    this.#box.addEventListener('mousedown', (event) => event.preventDefault());
    this.#box.addEventListener('click', (event) => {
      const option = event.target instanceof Element ? event.target.closest('li') : null;
      const chosen = option && this.#suggestions[Array.from(this.#box.children).indexOf(option)];
      if (chosen) onChoose(chosen);
    });
    field.setAttribute('role', 'combobox');
    field.setAttribute('aria-autocomplete', 'list');
    field.setAttribute('aria-controls', this.#box.id);
    field.setAttribute('aria-expanded', 'false');
    field.autocomplete = 'off';
  }

  get isOpen(): boolean {
    return !this.#box.hidden;
  }

  /** The suggestion that Enter chooses; null if the reader has not moved to one. */
  get active(): Suggestion | null {
    return this.#suggestions[this.#active] ?? null;
  }

  show(suggestions: readonly Suggestion[]): void {
    this.#suggestions = [...suggestions];
    this.#box.replaceChildren(...suggestions.map(createOption));
    this.#setOpen(suggestions.length > 0);
  }

  close(): void {
    this.#setOpen(false);
  }

  /** Moves to the next suggestion, or to the previous one. After the last suggestion comes the field itself. */
  move(way: 1 | -1): void {
    const places = this.#suggestions.length + 1;
    this.#activate(((this.#active + 1 + way + places) % places) - 1);
  }

  /** Moves from the suggestions back to the field. */
  deactivate(): void {
    this.#activate(-1);
  }

  #setOpen(isOpen: boolean): void {
    this.#box.hidden = !isOpen;
    this.#field.setAttribute('aria-expanded', String(isOpen));
    this.#activate(-1);
  }

  #activate(at: number): void {
    this.#active = at;
    Array.from(this.#box.children).forEach((option, place) => {
      option.setAttribute('aria-selected', String(place === at));
    });
    const option = this.#box.children[at];
    if (option === undefined) this.#field.removeAttribute('aria-activedescendant');
    else this.#field.setAttribute('aria-activedescendant', option.id);
    option?.scrollIntoView({ block: 'nearest' });
  }
}

function createOption({ kind, label, count }: Suggestion, at: number): HTMLLIElement {
  const option = document.createElement('li');
  option.id = `suggestion-${at}`;
  option.setAttribute('role', 'option');
  option.append(createPart('kind', kind), ' ', createPart('label', label));
  if (typeof count === 'number') option.append(' ', createPart('number', countText(count)));
  return option;
}

function createPart(className: string, text: string): HTMLSpanElement {
  const part = document.createElement('span');
  part.className = className;
  part.textContent = text;
  if (className === 'label') part.dir = 'auto';
  return part;
}
