/** Returns the path that a form asks for. Empty fields are left out. `entries` are the form's names and values. */
export function formPath(action: string, entries: Iterable<readonly [string, unknown]>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of entries) {
    const text = typeof value === 'string' ? value.trim() : '';
    if (text !== '') parameters.append(name, text);
  }
  const query = parameters.toString();
  return query === '' ? action : `${action}?${query}`;
}
