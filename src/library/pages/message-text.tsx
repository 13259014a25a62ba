import { BARS, SPOILER } from '../../clip/message/spoilers.ts';
import { plainWithoutSecrets } from '../../errors.ts';
import { CLIP_WORDS } from '../words/clip.ts';

/** A part of a message: text, a link, or a spoiler with parts of its own. */
export type MessagePart =
  | { kind: 'text'; text: string }
  | { kind: 'link'; url: string }
  | { kind: 'spoiler'; parts: MessagePart[] };

const LINK = /https?:\/\/[^\s<>"|]+/gi;
/** Punctuation after a link belongs to the sentence. */
const AFTER_LINK = `.,;:!?'")]}`;

/** Splits a message at its spoilers and links. Links are http(s). */
export function splitMessage(message: string): MessagePart[] {
  // Signed links must not appear in pages, even if a message quotes one.
  const text = message
    .split(/\r\n|\r|\n/)
    .map((line) => plainWithoutSecrets(line, { markup: 'kept' }))
    .join('\n')
    .trim();
  return splitAt(text, SPOILER, ([found]) => [
    { kind: 'spoiler', parts: splitLinks(found.slice(BARS.length, -BARS.length)) },
  ]).flatMap((part) => (part.kind === 'text' ? splitLinks(part.text) : [part]));
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

/** Shows the text of a message. Spoilers are covered without script. */
export function MessageText({ message }: { message: string }) {
  const parts = splitMessage(message);
  return parts.length === 0 ? null : (
    <div class="message" dir="auto">
      <Parts parts={parts} />
    </div>
  );
}

function Parts({ parts }: { parts: MessagePart[] }) {
  return (
    <>
      {parts.map((part) => {
        if (part.kind === 'text') return part.text;
        if (part.kind === 'link') {
          return (
            <a href={part.url} rel="ugc nofollow noreferrer">
              {part.url}
            </a>
          );
        }
        return <Spoiler parts={part.parts} />;
      })}
    </>
  );
}

/**
 * Covers a spoiler until the reader ticks its box. A `<details>` would break the line, and a button would need a script.
 * A style sheet hides the text from screen readers too.
 */
function Spoiler({ parts }: { parts: MessagePart[] }) {
  return (
    <label class="spoiler">
      <input type="checkbox" aria-label={CLIP_WORDS.showSpoiler} />
      <span>
        <Parts parts={parts} />
      </span>
    </label>
  );
}
