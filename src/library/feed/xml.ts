/** A part of an XML document that is already escaped. */
export interface Xml {
  readonly xml: string;
}

type Content = string | number | Xml | null | readonly Content[];
type Attributes = Readonly<Record<string, string | number | null>>;

/** What XML 1.0 allows: https://www.w3.org/TR/xml/#charsets. An escaped reference to another character is invalid too. */
const FORBIDDEN = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

const REFERENCES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

/** Also escapes `>`, because a text must not contain `]]>`. Characters that XML forbids are left out. */
export function escapeXml(text: string): string {
  return text
    .replace(FORBIDDEN, '')
    .replace(/[&<>"]/g, (character) => REFERENCES[character] ?? character);
}

/** Returns an element. Attributes and parts that are null are left out, and texts are escaped. */
export function element(name: string, attributes: Attributes, ...content: Content[]): Xml {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== null)
    .map(([key, value]) => ` ${key}="${escapeXml(String(value))}"`)
    .join('');
  const inner = content.map(write).join('');
  return { xml: inner === '' ? `<${name}${written}/>` : `<${name}${written}>${inner}</${name}>` };
}

function write(content: Content): string {
  if (content === null) return '';
  if (typeof content !== 'object') return escapeXml(String(content));
  return 'xml' in content ? content.xml : content.map(write).join('');
}
