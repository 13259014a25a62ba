import { isShortcut } from './is-shortcut.ts';

/** Returns what a key does, or null if the key is not one of the page's shortcuts. */
export type FindAction = (event: KeyboardEvent) => (() => void) | null;

/** Fields that take the keys as text or as a choice. A check box takes only Space. */
const FIELDS = 'input:not([type=checkbox]), textarea, select, [contenteditable]';

/**
 * A dialog takes all keys. The dialog `.screen` is only what lies over a video in full screen. `:is` ignores
 * `:popover-open` in browsers from before 2024, to which that selector is invalid.
 */
export const OPEN_DIALOG = ':is(dialog[open]:not(.screen), dialog:popover-open)';

/**
 * Listens to the shortcuts of a page. The listener is in the capturing phase and stops the event, so that a native
 * control, such as a video's, does not act on the same key a second time.
 */
export function listenToKeys(findAction: FindAction): void {
  addEventListener(
    'keydown',
    (event) => {
      const isOn = document.documentElement.dataset.keys !== 'off';
      const isInField = event.target instanceof Element && event.target.closest(FIELDS) !== null;
      const isInDialog = document.querySelector(OPEN_DIALOG) !== null;
      if (!isShortcut(event, { isOn, isInField, isInDialog })) return;
      const act = findAction(event);
      if (act === null) return;
      event.preventDefault();
      event.stopPropagation();
      act();
    },
    { capture: true },
  );
}
