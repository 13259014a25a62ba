import { formPath } from './form-path.ts';

/** The form in the header. Its hidden fields are the search's other conditions and the sort. */
export function findSearchForm(page: Document = document): HTMLFormElement | null {
  const form = page.getElementById('search');
  return form instanceof HTMLElement && form.tagName === 'FORM' ? (form as HTMLFormElement) : null;
}

export function findSearchField(page: Document = document): HTMLInputElement | null {
  return findSearchForm(page)?.querySelector<HTMLInputElement>('#q') ?? null;
}

/** Returns the address of the list that a form asks for. */
export function pathOfForm(form: HTMLFormElement, submitter: HTMLElement | null = null): URL {
  const action = new URL(form.getAttribute('action') ?? '', location.href).pathname;
  return new URL(formPath(action, new FormData(form, submitter)), location.href);
}

/** Takes over the text and the hidden fields of the form that came with another list. */
export function adoptSearchForm(page: Document): void {
  const form = findSearchForm();
  const fresh = findSearchForm(page);
  if (form === null || fresh === null) return;
  for (const field of form.querySelectorAll('input[type=hidden]')) field.remove();
  for (const field of fresh.querySelectorAll('input[type=hidden]')) {
    form.append(document.adoptNode(field));
  }
  const field = findSearchField();
  const text = findSearchField(page)?.getAttribute('value') ?? '';
  if (field !== null && field.value.trim() !== text.trim()) field.value = text;
}
