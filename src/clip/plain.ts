/** Control characters, line breaks, and characters that change the direction of text. */
const CONTROLS = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;
/** Halves of a character. Temporal accepts only whole characters, and each system replaces halves in its own way. */
const LONE_SURROGATES = /\p{Cs}/gu;
const REPLACEMENT_CHARACTER = '\ufffd';
/**
 * Invisible characters, such as a zero-width space. Two texts that look the same could differ in them, and they can
 * hide an address. Emoji and some scripts need joiners and variation selectors, so these are kept. The first two
 * alternatives match sequences that are kept too: the flag of a region, such as England, which ends in invisible tag
 * characters (https://unicode.org/reports/tr51/#def_std_emoji_tag_sequence_set), and a Han character with a selector of
 * its form (https://unicode.org/reports/tr37/).
 */
const INVISIBLE =
  /(\u{1f3f4}[\u{e0030}-\u{e0039}\u{e0061}-\u{e007a}]{3,6}\u{e007f}|\p{Script=Han}[\u{e0100}-\u{e01ef}])|(?!\p{Join_Control}|[\ufe00-\ufe0f])[\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]/gu;
/** A character that a person can see. U+2800 is a Braille pattern without dots. */
const VISIBLE = /[^\p{Default_Ignorable_Code_Point}\p{Z}\p{Cc}\p{Cf}\p{M}\u2800]/u;
/** Joiners beside an ASCII character or at an end of the text. There, a joiner has no use. */
const USELESS_JOINERS = /(?<![^\0-\u007f])\p{Join_Control}|\p{Join_Control}(?![^\0-\u007f])/gu;
/** Places at which an invisible character breaks an address that Markdown would turn into a link. */
const ADDRESS = /:(?=\/\/)|www(?=\.)|(?<=[\w.+-])@(?=[\w-]+\.)/gi;
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
  '&': '＆',
};
/** The characters in `LOOK_ALIKES`. An ampersand has a meaning only if it begins a character reference. */
const MARKUP = /[<>[\]`|\\]|&(?=#?\w+;)/g;

/** True if the text has characters that a terminal obeys, or that change the direction of text. */
export function hasControls(text: string): boolean {
  return text.search(CONTROLS) !== -1;
}

/** Returns the first text with a character that a person can see, or `(no name)` if there is none. */
export function firstVisible(texts: readonly unknown[]): string {
  // Inputs that older versions accepted may have a name that is not a text.
  return texts.map(String).find((text) => VISIBLE.test(text)) ?? '(no name)';
}

export interface PlainOptions {
  /** The maximum number of UTF-8 bytes, at least 3. A longer text is cut and ends with an ellipsis. */
  maxBytes?: number;
  /**
   * `neutral` replaces Markdown, HTML and addresses, for a text of a stranger in the Web UI. `kept` leaves them as they
   * are, for a whole line that a terminal or a log shows, because people copy addresses and commands from the line.
   */
  markup?: 'neutral' | 'kept';
}

/**
 * Returns a text that Everclip did not write as one line without invisible characters. Every name, title, file name
 * and answer of a server passes through this function before a person sees it. Temporal's Web UI renders Markdown and
 * HTML, so a name could be a link or a picture. A terminal obeys control characters, and the text after a line break
 * would look like a line that Everclip printed.
 */
export function plain(
  text: unknown,
  { maxBytes = Infinity, markup = 'neutral' }: PlainOptions = {},
): string {
  // Inputs that older versions accepted may have a name that is not a text.
  const line = String(text)
    .replace(CONTROLS, ' ')
    .replace(LONE_SURROGATES, REPLACEMENT_CHARACTER)
    .replace(INVISIBLE, '$1')
    .replace(USELESS_JOINERS, '')
    .trim();
  return truncateBytes(markup === 'kept' ? line : neutralize(line), maxBytes);
}

function neutralize(line: string): string {
  return line
    .replace(MARKUP, (character) => LOOK_ALIKES[character] ?? character)
    .replace(ADDRESS, `$&${WORD_JOINER}`);
}

const BYTES_OF_ELLIPSIS = 3;
/** The maximum number of UTF-8 bytes for one UTF-16 code unit. The `length` of a string counts code units. */
const MAX_BYTES_OF_CODE_UNIT = 3;

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
