import { markScripted } from '../page.ts';
import { startPreferences } from './preferences.ts';

/** Shows the controls that need a script, and makes the header's buttons work. */
export function startPage(): void {
  markScripted();
  startPreferences();
  document.getElementById('keys')?.addEventListener('click', openHelp);
  const help = findHelp();
  // A press on the backdrop has the dialog itself as its target.
  help?.addEventListener('click', (event) => {
    if (event.target === help) help.close();
  });
}

/** Shows the keys. The browser moves the focus into the dialog, and back when the dialog closes. */
export function openHelp(): void {
  const help = findHelp();
  if (help?.open === false) help.showModal();
}

function findHelp(): HTMLDialogElement | null {
  return document.querySelector<HTMLDialogElement>('dialog#help');
}
