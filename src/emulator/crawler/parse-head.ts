/** A meta or link tag, or the page's title. The names of attributes are in lower case. */
export interface HeadTag {
  readonly name: 'meta' | 'link' | 'title';
  readonly attributes: Readonly<Record<string, string>>;
  /** The text of a title; empty for other tags. */
  readonly text: string;
}

export interface ParsedHead {
  readonly tags: readonly HeadTag[];
  /** False if the text ended before the head did. */
  readonly isComplete: boolean;
}

/** Elements that a head may contain. Any other begins the body: https://html.spec.whatwg.org/#parsing-main-inhead */
const HEAD_ELEMENTS = 'html head meta link title base style script noscript template'.split(' ');
/** Elements whose content is text, whatever it looks like. */
const TEXT_ELEMENTS = ['title', 'style', 'script'];

const COMMENT = /<!--[^]*?-->/y;
const DECLARATION = /<[!?][^>]*>/y;
const TAG_NAME = /<(\/?)([a-z][^\s/>]*)/iy;
const ATTRIBUTE = /([^\s"'>/=]+)\s*(?:=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]*)))?/g;

/**
 * Parses the meta, link and title tags of a page's head. This is not a whole HTML parser: it reads what servers write, and
 * gives up at the first thing that is not a tag of a head.
 */
export function parseHead(html: string): ParsedHead {
  const tags: HeadTag[] = [];
  let at = 0;
  for (;;) {
    at = skipSpace(html, at);
    const skipped = match(COMMENT, html, at) ?? match(DECLARATION, html, at);
    if (skipped !== null) {
      at += skipped[0].length;
      continue;
    }
    const found = match(TAG_NAME, html, at);
    if (found === null) return { tags, isComplete: at < html.length && html[at] !== '<' };
    const [begin, slash, rawName = ''] = found;
    const name = rawName.toLowerCase();
    if ((slash === '/' && name === 'head') || !HEAD_ELEMENTS.includes(name)) {
      return { tags, isComplete: true };
    }
    const endOfTag = findTagEnd(html, at + begin.length);
    if (endOfTag === -1) return { tags, isComplete: false };
    const rawAttributes = html.slice(at + begin.length, endOfTag);
    at = endOfTag + 1;
    let text = '';
    if (slash === '' && TEXT_ELEMENTS.includes(name)) {
      const end = html.toLowerCase().indexOf(`</${name}`, at);
      if (end === -1) return { tags, isComplete: false };
      text = html.slice(at, end);
      at = end;
    }
    if (slash === '' && (name === 'meta' || name === 'link' || name === 'title')) {
      tags.push({ name, attributes: parseAttributes(rawAttributes), text: decode(text).trim() });
    }
  }
}

/** Returns the index of the `>` that ends a tag, or -1. A `>` in quotes does not end the tag. */
function findTagEnd(html: string, from: number): number {
  let quote = '';
  for (let at = from; at < html.length; at++) {
    const character = html[at] ?? '';
    if (quote === '' && character === '>') return at;
    if (character === quote) quote = '';
    else if (quote === '' && (character === '"' || character === "'")) quote = character;
  }
  return -1;
}

function skipSpace(html: string, at: number): number {
  let end = at;
  while (end < html.length && /\s/.test(html[end] ?? '')) end++;
  return end;
}

function match(pattern: RegExp, html: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(html);
}

/** The first attribute of a name counts: https://html.spec.whatwg.org/#parse-error-duplicate-attribute */
function parseAttributes(text: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [, name = '', double, single, bare] of text.matchAll(ATTRIBUTE)) {
    attributes[name.toLowerCase()] ??= decode(double ?? single ?? bare ?? '');
  }
  return attributes;
}

const NAMED: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00a0',
};
const MAX_CODE_POINT = 0x10ffff;
const REPLACEMENT_CHARACTER = '\ufffd';

/** Replaces character references. References of other names stay as they are. */
function decode(text: string): string {
  return text.replace(/&(?:#x([\da-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, name) => {
    if (typeof name === 'string') return NAMED[name] ?? whole;
    const code = typeof hex === 'string' ? Number.parseInt(hex, 16) : Number(decimal);
    return code > 0 && code <= MAX_CODE_POINT ? String.fromCodePoint(code) : REPLACEMENT_CHARACTER;
  });
}
