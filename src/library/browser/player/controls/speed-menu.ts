import { SPEEDS, speedText } from '../rules/speeds.ts';
import { PLAYER_WORDS } from '../words.ts';

const ID = 'speed-menu';

export function isSpeedMenuOpen(): boolean {
  return document.getElementById(ID) !== null;
}

/** Opens the list of speeds below its button, or closes it. */
export function showSpeedMenu(speed: number, onChosen: (speed: number) => void): void {
  const button = document.getElementById('speed');
  if (button === null || closeSpeedMenu()) return;
  const menu = document.createElement('div');
  menu.id = ID;
  menu.setAttribute('role', 'group');
  menu.setAttribute('aria-label', PLAYER_WORDS.speeds);
  for (const choice of SPEEDS) {
    const item = document.createElement('button');
    item.type = 'button';
    item.textContent = speedText(choice);
    item.setAttribute('aria-pressed', String(choice === speed));
    item.addEventListener('click', () => {
      closeSpeedMenu();
      onChosen(choice);
    });
    menu.append(item);
  }
  // Escape closes the list also if the reader turned the shortcuts off.
  menu.addEventListener('keydown', ({ key }) => {
    if (key === 'Escape') closeSpeedMenu();
  });
  button.setAttribute('aria-expanded', 'true');
  (button.parentElement ?? button).after(menu);
  menu.querySelector<HTMLElement>('[aria-pressed=true]')?.focus();
}

/** Closes the list of speeds and moves the focus back to its button. Returns false if the list was not open. */
export function closeSpeedMenu(): boolean {
  const menu = document.getElementById(ID);
  if (menu === null) return false;
  const button = document.getElementById('speed');
  button?.setAttribute('aria-expanded', 'false');
  if (menu.contains(document.activeElement)) button?.focus();
  menu.remove();
  return true;
}
