const CONTROLS = 'a[href], button, select, input, summary';

/**
 * Returns the control of a new list that gets the focus of a control of the old list: the one with the same id or name,
 * else the one at the same place. Without it, a swap would send the focus to the top of the page.
 */
export function findSameControl(
  control: Element,
  old: Element,
  fresh: Element,
): HTMLElement | null {
  // A menu of the new list is closed, so only its button can have the focus.
  const wanted = control.closest('details')?.querySelector('summary') ?? control;
  const controls = findControls(fresh);
  const name = wanted.getAttribute('name');
  const value = wanted.getAttribute('value');
  const same = controls.find((other) => {
    if (wanted.id !== '') return other.id === wanted.id;
    return (
      name !== null && other.getAttribute('name') === name && other.getAttribute('value') === value
    );
  });
  const at = findControls(old).indexOf(wanted as HTMLElement);
  return same ?? controls[Math.min(at, controls.length - 1)] ?? null;
}

function findControls(root: Element): HTMLElement[] {
  return Array.from(root.querySelectorAll<HTMLElement>(CONTROLS)).filter(
    (control) => control.tagName === 'SUMMARY' || control.closest('details') === null,
  );
}
