import { SCRIPT_WORDS } from '../words.ts';
import { otherTheme, type Theme } from './other-theme.ts';
import { PREFERENCES_PATH, rememberedPreference, savePreference } from './save-preference.ts';
import { announce, tell } from './say.ts';

/** Makes the forms of preferences act at once, without another page. */
export function startPreferences(): void {
  document.addEventListener('submit', (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !isPreferenceForm(form)) return;
    event.preventDefault();
    const button = event.submitter;
    const data = new FormData(form);
    if (button instanceof HTMLButtonElement) data.set(button.name, button.value);
    for (const [name, value] of data) {
      const apply = APPLY[name];
      if (apply === undefined || typeof value !== 'string') continue;
      apply(value, form);
      void savePreference(name, value);
    }
  });
  // The browser shows a page again as it was before the reader chose another theme elsewhere.
  addEventListener('pageshow', ({ persisted }) => {
    if (!persisted) return;
    const { theme, keys } = document.documentElement.dataset;
    const chosenTheme = rememberedPreference('theme') ?? theme;
    const chosenKeys = rememberedPreference('keys') ?? keys;
    if (chosenTheme !== undefined && chosenTheme !== theme) showTheme(chosenTheme);
    if (chosenKeys !== undefined && chosenKeys !== keys) showKeys(chosenKeys);
  });
}

const APPLY: Readonly<Record<string, (value: string, form: HTMLFormElement) => void>> = {
  theme: applyTheme,
  keys: applyKeys,
  /** The reader closed the strip "On this day". */
  day: (_, form) => {
    form.closest('.day')?.remove();
    document.querySelector<HTMLElement>('#cards a.title')?.focus({ preventScroll: true });
  },
};

function isPreferenceForm(form: HTMLFormElement): boolean {
  return new URL(form.action).pathname === PREFERENCES_PATH;
}

function applyTheme(value: string): void {
  announce(SCRIPT_WORDS.themes[showTheme(value)]);
  // The pressed button may have been the twin that is gone.
  if (document.activeElement === document.body) document.getElementById('theme')?.focus();
}

function showTheme(value: string): Theme {
  const theme: Theme = value === 'dark' || value === 'light' ? value : 'system';
  document.documentElement.dataset.theme = theme;
  for (const button of document.querySelectorAll('#help button[name=theme]')) {
    button.setAttribute('aria-pressed', String(button.getAttribute('value') === theme));
  }
  // While the system decides, the server sends two buttons and a style sheet hides one of them.
  const button = document.getElementById('theme');
  const other = otherTheme(theme, matchMedia('(prefers-color-scheme: dark)').matches);
  if (button instanceof HTMLButtonElement) {
    for (const twin of button.form?.elements ?? []) {
      if (twin instanceof HTMLButtonElement && twin !== button) twin.remove();
    }
    button.className = 'icon-button';
    button.value = other;
    button.title = SCRIPT_WORDS.offers[other];
    button.setAttribute('aria-label', button.title);
  }
  return theme;
}

function applyKeys(value: string): void {
  tell(showKeys(value) ? SCRIPT_WORDS.keysOn : SCRIPT_WORDS.keysOff);
}

/** Returns true if the shortcuts are on. */
function showKeys(value: string): boolean {
  const isOn = value !== 'off';
  document.documentElement.dataset.keys = isOn ? 'on' : 'off';
  const button = document.getElementById('keys-switch');
  if (button instanceof HTMLButtonElement) {
    button.value = isOn ? 'off' : 'on';
    button.textContent = isOn ? SCRIPT_WORDS.turnKeysOff : SCRIPT_WORDS.turnKeysOn;
  }
  return isOn;
}
