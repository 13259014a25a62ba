import { BARS, SPOILER } from '../../clip/message/spoilers.ts';
import { plainWithoutSecrets } from '../../errors.ts';
import { findMarks } from './marks.ts';
import type { MessagePart } from './message-part.ts';

/** Code, with as many signs at its end as at its beginning. The text is in one of the groups. */
const CODE = /(?<![`\\])(?:```(?:\w*\n)?([^`]+)```|``((?:[^`\n]|`(?!`))+)``|`([^`\n]+)`)(?!`)/g;
const LINK = /https?:\/\/[^\s<>"|]+/gi;
/** Punctuation after a link belongs to the sentence. So do the stars and tildes of marked text. */
const AFTER_LINK = `.,;:!?'")]}*~`;

/**
 * Splits a message at its spoilers, code and links, and finds Discord's simple marks. Links are http(s). Spoilers go
 * first, so that nothing in a message uncovers them.
 */
export function splitMessage(message: string): MessagePart[] {
  // Signed links must not appear in pages, even if a message quotes one.
  const text = message
    .split(/\r\n|\r|\n/)
    .map((line) => plainWithoutSecrets(line, { markup: 'kept' }))
    .join('\n')
    .trim();
  const parts = splitAt(text, SPOILER, ([found]) => [
    {
      kind: 'spoiler',
      parts: findMarks(splitCode(found.slice(BARS.length, -BARS.length))),
    },
  ]);
  return findMarks(parts.flatMap((part) => (part.kind === 'text' ? splitCode(part.text) : [part])));
}

function splitCode(text: string): MessagePart[] {
  const parts = splitAt(text, CODE, ([, block, double, single]) => [
    { kind: 'code', text: block?.trim() ?? double ?? single ?? '' },
  ]);
  return parts.flatMap((part) => (part.kind === 'text' ? splitLinks(part.text) : [part]));
}

function splitLinks(text: string): MessagePart[] {
  return splitAt(text, LINK, ([found]) => {
    const url = withoutPunctuation(found);
    const after = found.slice(url.length);
    const link: MessagePart = isComplete(url) ? { kind: 'link', url } : { kind: 'text', text: url };
    return after === '' ? [link] : [link, { kind: 'text', text: after }];
  });
}

/** A pattern for the end of a text would begin anew at each of a million dots. */
function withoutPunctuation(link: string): string {
  let end = link.length;
  while (AFTER_LINK.includes(link.charAt(end - 1)) && end > 0) end -= 1;
  return link.slice(0, end);
}

/** `plainWithoutSecrets` replaces secrets with an ellipsis. A link without its secret leads nowhere. */
function isComplete(url: string): boolean {
  return URL.canParse(url) && !url.includes('…');
}

function splitAt(
  text: string,
  pattern: RegExp,
  convert: (match: RegExpExecArray) => MessagePart[],
): MessagePart[] {
  const parts: MessagePart[] = [];
  let from = 0;
  for (const match of text.matchAll(pattern)) {
    if (match.index > from) parts.push({ kind: 'text', text: text.slice(from, match.index) });
    parts.push(...convert(match));
    from = match.index + match[0].length;
  }
  if (from < text.length) parts.push({ kind: 'text', text: text.slice(from) });
  return parts;
}
