import { markScripted } from '../page.ts';
import { OPEN_DIALOG } from './keys.ts';
import { startPreferences } from './preferences.ts';

/** Shows the controls that need a script, and makes the header's buttons work. */
export function startPage(): void {
  markScripted();
  startPreferences();
  const help = findHelp();
  const button = document.getElementById('keys');
  if (help === null) return;
  help.addEventListener('click', ({ target, clientX, clientY }) => {
    const isOnClose = target instanceof Element && target.closest('header button') !== null;
    // A press on the backdrop of a modal dialog has the dialog itself as its target, as a press on its padding has.
    const { left, right, top, bottom } = help.getBoundingClientRect();
    const isOutside = clientX < left || clientX > right || clientY < top || clientY > bottom;
    if (isOnClose || (target === help && isOutside)) closeHelp(help);
  });
  if (!('showPopover' in help)) button?.addEventListener('click', openHelp);
  // Shortcuts do nothing while the help is open, so the help closes when the focus leaves it. The browser closes the help
  // when its button is pressed.
  document.addEventListener('focusin', ({ target }) => {
    const isLeft = target instanceof Node && target !== button && !help.contains(target);
    if (isLeft && help.matches(OPEN_DIALOG)) closeHelp(help);
  });
}

/**
 * Shows the keys. The browser moves the focus into the help, and back when the help closes.
 *
 * A popover appears in a third less time than a modal dialog, which makes the browser style the rest of the page again.
 * In full screen, only a modal dialog can be pressed. Browsers from before 2024 know only modal dialogs.
 */
export function openHelp(): void {
  const help = findHelp();
  if (help === null || help.matches(OPEN_DIALOG)) return;
  if (document.fullscreenElement !== null || !('showPopover' in help)) help.showModal();
  else help.showPopover();
}

function closeHelp(help: HTMLDialogElement): void {
  if (help.open) help.close();
  else help.hidePopover();
}

function findHelp(): HTMLDialogElement | null {
  return document.querySelector<HTMLDialogElement>('dialog#help');
}
