import assert from 'node:assert/strict';

const TOKEN = /<\?xml [^<>]*\?>|<\/([\w:]+)>|<([\w:]+)((?: [\w:]+="[^"<]*")*)(\/?)>|[^<]+/gy;
const REFERENCE = /&(?!(?:amp|lt|gt|quot);)/;
/** What XML 1.0 forbids: https://www.w3.org/TR/xml/#charsets */
const FORBIDDEN = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/**
 * Checks that a document is well-formed XML without comments, CDATA and entities.
 * @throws AssertionError that says what is wrong
 */
export function checkXml(document: string): void {
  assert.doesNotMatch(document, FORBIDDEN);
  assert.doesNotMatch(document, REFERENCE);
  const open: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < document.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(document);
    assert.ok(match, `not well-formed: ${document.slice(at, at + 100)}`);
    const [text, closed, opened, , slash] = match;
    if (closed !== undefined) assert.equal(closed, open.pop());
    else if (opened !== undefined && slash === '') open.push(opened);
    else if (!text.startsWith('<')) assert.doesNotMatch(text, /\]\]>/);
  }
  assert.deepEqual(open, []);
}

/** Returns the texts of all elements with this name, with the references resolved. */
export function textsOf(document: string, name: string): string[] {
  const element = new RegExp(`<${name}(?: [^>]*)?>([^<]*)</${name}>`, 'g');
  return [...document.matchAll(element)].map(([, text = '']) => unescapeXml(text));
}

function unescapeXml(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');
}
