import { tell } from '../../page/say.ts';
import { leaveFullScreen } from '../over-video.ts';
import { PLAYER_WORDS } from '../words.ts';

/** Copies a text and says `done`. Without https there is no clipboard, so the text is shown selected instead. */
export async function copyText(text: string, done: string, label: string): Promise<void> {
  // TypeScript's types promise a clipboard, also where there is none.
  const clipboard = (navigator as { clipboard?: Clipboard }).clipboard;
  try {
    if (clipboard === undefined) throw new Error('no clipboard');
    await clipboard.writeText(text);
    tell(done);
  } catch {
    showSelected(text, label);
  }
}

/** Shows a text in a dialog, selected. */
function showSelected(text: string, label: string): void {
  const dialog = document.createElement('dialog');
  dialog.id = 'copy-dialog';
  dialog.setAttribute('aria-label', label);
  const name = document.createElement('label');
  name.textContent = label;
  const field = document.createElement('input');
  field.readOnly = true;
  field.value = text;
  name.append(field);
  const close = document.createElement('button');
  close.type = 'button';
  close.textContent = PLAYER_WORDS.close;
  close.addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', () => dialog.remove());
  dialog.append(name, close);
  // In full screen, the browser would not show the dialog.
  leaveFullScreen();
  document.body.append(dialog);
  dialog.showModal();
  field.select();
  // Chromium shows the end of the selection, which looks like no link.
  field.scrollLeft = 0;
}
