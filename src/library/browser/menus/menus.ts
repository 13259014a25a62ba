/** A menu of the page that is open. */
export const OPEN_MENU = 'details:is(.menu, .more-actions)[open]';

/** Closes an open menu on Esc, which returns the focus to its button, and on a press elsewhere. */
export function startMenus(): void {
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && event.target instanceof Element) closeMenuAround(event.target);
  });
  document.addEventListener('click', ({ target }) => {
    for (const menu of document.querySelectorAll<HTMLDetailsElement>(OPEN_MENU)) {
      if (!(target instanceof Node) || !menu.contains(target)) menu.open = false;
    }
  });
}

function closeMenuAround(element: Element): void {
  const menu = element.closest<HTMLDetailsElement>(OPEN_MENU);
  if (menu === null) return;
  menu.open = false;
  menu.querySelector('summary')?.focus();
}
