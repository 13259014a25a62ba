/** Control characters, line breaks, and characters that change the direction of text. */
const CONTROLS = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;
/** Beginnings of addresses, which Markdown turns into links. */
const ADDRESS = /(:)(?=\/\/)|(www)(?=\.)/gi;
/** An invisible character. Inside an address, it prevents Markdown from turning the address into a link. */
const WORD_JOINER = '\u2060';
/** Maps each character that has a meaning in Markdown or HTML to a harmless character that looks similar. */
const LOOK_ALIKES: Readonly<Record<string, string>> = {
  '<': '‹',
  '>': '›',
  '[': '［',
  ']': '］',
  '`': 'ˋ',
  '|': '¦',
  '\\': '＼',
};

/** True if the text has characters that a terminal obeys, or that change the direction of text. */
export function hasControls(text: string): boolean {
  return text.search(CONTROLS) !== -1;
}

/**
 * Returns a stranger's text for a terminal, as one line. A terminal obeys control characters. The text after a line
 * break would look like a line that Everclip printed.
 */
export function oneLine(text: string): string {
  return text.replace(CONTROLS, ' ').trim();
}

const BYTES_OF_ELLIPSIS = 3;
/** The maximum number of UTF-8 bytes for one UTF-16 code unit. The `length` of a string counts code units. */
const MAX_BYTES_OF_CODE_UNIT = 3;

/**
 * Returns a stranger's text for the Web UI and for the log, as one line of at most `maxBytes` UTF-8 bytes. Temporal's
 * Web UI renders Markdown and HTML, and a terminal obeys control characters.
 */
export function plainText(text: unknown, maxBytes: number): string {
  // Inputs that older versions accepted may have a name that is not a text.
  const plain = oneLine(String(text))
    .replace(/[<>[\]`|\\]/g, (character) => LOOK_ALIKES[character] ?? character)
    .replace(ADDRESS, `$&${WORD_JOINER}`);
  return truncateBytes(plain, maxBytes);
}

function truncateBytes(text: string, maxBytes: number): string {
  if (text.length * MAX_BYTES_OF_CODE_UNIT <= maxBytes) return text;
  let bytes = 0;
  let kept = '';
  for (const character of text) {
    bytes += bytesOf(character);
    if (bytes > maxBytes) return `${kept}…`;
    if (bytes <= maxBytes - BYTES_OF_ELLIPSIS) kept += character;
  }
  return text;
}

/** Returns the number of UTF-8 bytes of one character. */
function bytesOf(character: string): number {
  const codePoint = character.codePointAt(0) ?? 0;
  if (codePoint < 0x80) return 1;
  if (codePoint < 0x800) return 2;
  return codePoint < 0x10000 ? 3 : 4;
}
