import { filtersOfOperator, operatorOf, type Filter, type OperatorName } from './operators.ts';

/** What a reader typed into the search field. */
export interface TypedText {
  /** What stays in the field: everything but the operators, separated by single spaces. */
  text: string;
  /** The words among it, without phrases and without words that have a minus. */
  words: string;
  exact: string[];
  without: string[];
  /** What the operators stand for, in the order of the text. */
  filters: Filter[];
}

/** Phones type these quotes. */
const QUOTES = /[“”„‟]/g;

/**
 * An operator with a value in quotes, a phrase, a phrase with a minus, or anything up to the next space. A quote ends a
 * phrase only before a space, or at the end of the text.
 */
const TOKEN = /([a-z]+):"([^"]*)"(?=\s|$)|(-?)"([^"]*)"(?=\s|$)|(\S+)/giu;

/** A text without any of these has nothing to search for. */
const HAS_WORD = /[\p{L}\p{N}\p{Extended_Pictographic}]/u;

/**
 * Reads what a reader typed. Never throws. An operator that is unknown or unfinished, or whose value is not understood, is
 * plain text, and so is a phrase without an end.
 */
export function parseText(typed: string): TypedText {
  const result: TypedText = { text: '', words: '', exact: [], without: [], filters: [] };
  const kept: string[] = [];
  const words: string[] = [];
  const line = typed.replace(QUOTES, '"');
  for (const [, name, quoted, minus, phrase, other] of line.matchAll(TOKEN)) {
    if (name !== undefined && addOperator(result, name, quoted ?? '')) continue;
    if (phrase !== undefined && HAS_WORD.test(phrase)) {
      const value = phrase.trim();
      kept.push(minus === '-' ? withMinus(value) : `"${value}"`);
      (minus === '-' ? result.without : result.exact).push(value);
      continue;
    }
    for (const word of plainWordsOf(other ?? phrase ?? `${name ?? ''}:${quoted ?? ''}`)) {
      addWord(word);
    }
  }
  return { ...result, text: kept.join(' '), words: words.join(' ') };

  function addWord(word: string): void {
    const [, name, value = ''] = /^([a-z]+):(.+)$/i.exec(word) ?? [];
    if (name !== undefined && !value.startsWith('"') && addOperator(result, name, value)) return;
    kept.push(word);
    const unwanted = /^-[^-"]/.test(word) ? word.slice(1) : '';
    if (HAS_WORD.test(unwanted)) result.without.push(unwanted);
    else words.push(word);
  }
}

/** Returns the words of a text without quotes at their ends, because nothing of these quotes is a phrase. */
function plainWordsOf(text: string): string[] {
  return text
    .split(/\s+/)
    .map((word) => word.replace(/^"+/, '').replace(/"+$/, ''))
    .filter((word) => word !== '');
}

/** Adds what an operator stands for. Returns false if the operator or its value is not understood. */
function addOperator({ filters }: TypedText, word: string, typedValue: string): boolean {
  const name = operatorOf(word);
  const value = typedValue.trim();
  if (name === null || value === '') return false;
  const found = filtersOfOperator(name, value);
  if (found === null) return false;
  filters.push(...found);
  return true;
}

/** Returns an unwanted word or phrase as the reader types it. */
function withMinus(value: string): string {
  return /^[^-"\s]\S*$/.test(value) ? `-${value}` : `-"${value}"`;
}

/** Returns an operator as the reader types it, before its value. */
export function operatorText(name: string): string {
  return `${name}:`;
}

/** Returns a condition as the reader types it. A value in quotes can't contain quotes. */
export function writeOperator({ name, value }: Filter): string {
  const isBare = /^[^"\s]\S*$/.test(value) && !value.endsWith('"');
  const text = isBare ? value : `"${value.replaceAll('"', '').trim()}"`;
  return `${operatorText(name)}${text}`;
}

/** Returns a text that `parseText` reads as the same words and conditions. */
export function writeText({ text, filters }: Pick<TypedText, 'text' | 'filters'>): string {
  return [text, ...filters.map(writeOperator)].filter((part) => part !== '').join(' ');
}

/** The operator or word at the end of a text, which the reader is still typing. */
export interface TextEnd {
  /** The text before it. */
  before: string;
  /** Null if the end is a word without an operator. */
  operator: OperatorName | null;
  /** What the reader has typed of the value, or of the word; without quotes. */
  value: string;
}

const END = /(?:^|\s)(([a-z]+):(?:"([^"]*)|([^"\s]*))|[^"\s]*)$/iu;

/**
 * Returns the end of a text. If the text is empty or ends with a space, the value is empty. Returns null if the end is in a
 * phrase, or is a quote that finishes a phrase or a value.
 */
export function readTextEnd(typed: string): TextEnd | null {
  const line = typed.replace(QUOTES, '"');
  const match = END.exec(line);
  if (match === null) return null;
  const [, end = '', word = '', quoted, bare = ''] = match;
  const before = line.slice(0, line.length - end.length);
  const isInPhrase = before.split('"').length % 2 === 0;
  if (isInPhrase) return null;
  const operator = operatorOf(word);
  if (operator !== null) return { before, operator, value: (quoted ?? bare).trim() };
  return end.includes('"') ? null : { before, operator: null, value: end };
}
