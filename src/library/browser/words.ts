// Every sentence that a script shows. The pages' own sentences come from the server.

export const SCRIPT_WORDS = {
  failed: 'That didn’t work. Try again.',
  offline: 'You are offline. Try again when you are connected.',
  notSaved: 'The setting could not be saved, so it applies to this page only.',
  keysOn: 'Shortcuts are on.',
  keysOff: 'Shortcuts are off.',
  turnKeysOn: 'Turn shortcuts on',
  turnKeysOff: 'Turn shortcuts off',
  offers: { dark: 'Use the dark theme', light: 'Use the light theme' },
  themes: { dark: 'Dark theme', light: 'Light theme', system: 'Same theme as the device' },
  suggestions: 'Suggestions',
  shown: 'The clip’s picture is shown.',
} as const;

const number = new Intl.NumberFormat('en');
/** The catalog counts no further. */
const MAX_EXACT_COUNT = 1000;

/** How many clips a suggestion has. */
export function countText(count: number): string {
  return count > MAX_EXACT_COUNT ? `${number.format(MAX_EXACT_COUNT)}+` : number.format(count);
}

/** What the live region says after "Show more". */
export function addedText(added: number): string {
  return added === 1 ? '1 more clip' : `${added} more clips`;
}

/** The button that shows clips which arrived after the page. `isAtLeast`: there may be more of them. */
export function newClipsText(count: number, isAtLeast: boolean): string {
  if (isAtLeast) return `${count}+ new clips`;
  return count === 1 ? '1 new clip' : `${count} new clips`;
}
