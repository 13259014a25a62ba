import type { Mark, MessagePart } from './message-part.ts';

/** A backslash before a mark makes the mark a text. */
const RUN = /\\[\\*_~`]|\*+|_+|~~+/g;
/** Three stars are strong and emphasis. A longer run is a drawing. */
const MAX_RUN = 3;
/** More marks may not be open at once, so that elements are not nested too deeply. The oldest becomes a text. */
const MAX_OPEN = 16;

/** A run that may begin an element. */
interface Opener {
  sign: string;
  /** How many of the run's signs are still unused. */
  length: number;
  /** The place of the run's own part in `parts`. */
  at: number;
}

/**
 * Finds the marks for bold, italic, underlined and struck text in a row of parts. A mark can begin in one part and end in
 * another. The rules for runs are those of https://spec.commonmark.org/0.31.2/#emphasis-and-strong-emphasis, but `__`
 * underlines, as in Discord. A mark without its end stays a text. The time is proportional to the length of the parts.
 */
export function findMarks(parts: readonly MessagePart[]): MessagePart[] {
  const row = joinTexts(parts);
  const reader = new MarkReader();
  row.forEach((part, at) => {
    if (part.kind === 'text') reader.readText(part.text, edgeOf(row[at - 1]), edgeOf(row[at + 1]));
    else reader.parts.push(part);
  });
  return joinTexts(reader.parts);
}

/** Beside a link or a spoiler, a mark is not at the edge of a word. Beside nothing, it is beside a space. */
function edgeOf(part: MessagePart | undefined): string {
  return part === undefined ? ' ' : '.';
}

class MarkReader {
  readonly parts: MessagePart[] = [];
  readonly #open: Opener[] = [];

  readText(text: string, before: string, after: string): void {
    let from = 0;
    for (const { 0: run, index } of text.matchAll(RUN)) {
      const to = index + run.length;
      this.#pushText(text.slice(from, index));
      from = to;
      if (run.startsWith('\\')) this.#pushText(run.slice(1));
      else this.#readRun(run, text.charAt(index - 1) || before, text.charAt(to) || after);
    }
    this.#pushText(text.slice(from));
  }

  #readRun(run: string, before: string, after: string): void {
    const sign = run.charAt(0);
    // The name of a person or a file may contain underscores.
    const isInside = sign === '_' && isWord(before) && isWord(after);
    if (run.length > MAX_RUN || isInside) {
      this.#pushText(run);
      return;
    }
    let { length } = run;
    if (!isSpace(before)) {
      for (let used = this.#close(sign, length); used > 0; used = this.#close(sign, length)) {
        length -= used;
      }
    }
    if (length === 0) return;
    if (!isSpace(after)) this.#push({ sign, length, at: this.parts.length });
    this.#pushText(sign.repeat(length));
  }

  /** Ends the newest element that the sign can end. Returns how many signs that takes, or 0. */
  #close(sign: string, length: number): number {
    const place = this.#open.findLastIndex((opener) => opener.sign === sign);
    const opener = this.#open[place];
    if (opener === undefined || length === 0) return 0;
    const used = Math.min(2, length, opener.length);
    // What opened later has no end inside the element.
    this.#open.length = place + 1;
    const inner = this.parts.splice(opener.at + 1);
    if (inner.length === 0) return 0;
    opener.length -= used;
    const isUsedUp = opener.length === 0;
    if (isUsedUp) this.#open.pop();
    const rest: MessagePart[] = isUsedUp
      ? []
      : [{ kind: 'text', text: sign.repeat(opener.length) }];
    const element: MessagePart = {
      kind: 'marked',
      mark: markOf(sign, used),
      parts: joinTexts(inner),
    };
    this.parts.splice(opener.at, 1, ...rest, element);
    return used;
  }

  #push(opener: Opener): void {
    this.#open.push(opener);
    if (this.#open.length > MAX_OPEN) this.#open.shift();
  }

  #pushText(text: string): void {
    if (text !== '') this.parts.push({ kind: 'text', text });
  }
}

function markOf(sign: string, used: number): Mark {
  if (sign === '~') return 's';
  if (used === 1) return 'em';
  return sign === '*' ? 'strong' : 'u';
}

const isSpace = (character: string) => /^\s?$/u.test(character);

const isWord = (character: string) => /^[\p{L}\p{N}]/u.test(character);

function joinTexts(parts: readonly MessagePart[]): MessagePart[] {
  const joined: MessagePart[] = [];
  let texts: string[] = [];
  const flush = () => {
    if (texts.length > 0) joined.push({ kind: 'text', text: texts.join('') });
    texts = [];
  };
  for (const part of parts) {
    if (part.kind === 'text') {
      texts.push(part.text);
      continue;
    }
    flush();
    joined.push(part);
  }
  flush();
  return joined;
}
