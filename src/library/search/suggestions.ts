import type { Suggestion, SuggestionKind, SuggestionQuery } from '../../catalog/catalog.ts';
import { plain } from '../../clip/plain.ts';
import { lineOf } from '../pages/format.ts';
import { operatorsWith, SWITCHES, type Filter, type OperatorName } from './operators.ts';
import { cut, MAX_TEXT_CHARACTERS } from './parse-search.ts';
import { operatorText, readTextEnd, writeOperator } from './parse-text.ts';

/** The fields are those of `/api/suggest`, see docs/search.md. */
export interface ShownSuggestion {
  kind: 'person' | 'channel' | 'game' | 'operator';
  label: string;
  /** The value of the parameter; for an operator without a value, the parameter's name. */
  value: string;
  /** What takes the place of the operator or word at the end of the text. */
  insert: string;
  /** Null for an operator. */
  count: number | null;
}

export const MAX_SUGGESTIONS = 8;
/** If every kind has many names, each kind gets this many places. The kinds come in this order. */
const PLACES: Readonly<Record<ShownSuggestion['kind'], number>> = {
  operator: 2,
  person: 3,
  channel: 2,
  game: 1,
};

/** What to suggest for a text: names that the catalog knows, and operators. */
export interface SuggestionPlan {
  /** Null if names don't help. */
  names: Pick<SuggestionQuery, 'typed' | 'kinds'> | null;
  operators: ShownSuggestion[];
}

const KINDS: Readonly<Partial<Record<OperatorName, SuggestionKind>>> = {
  from: 'person',
  with: 'player',
  in: 'channel',
  game: 'game',
};

/** Returns what to suggest for the end of a text. The text may contain anything. */
export function planSuggestions(typed: string): SuggestionPlan {
  const line = cut(plain(typed, { markup: 'kept' }), MAX_TEXT_CHARACTERS);
  const isAtSpace = line !== '' && /\s$/.test(typed);
  const end = readTextEnd(isAtSpace ? `${line} ` : line);
  if (end === null || end.value.startsWith('-')) return { names: null, operators: [] };
  const { operator, value } = end;
  if (operator === 'is') return { names: null, operators: suggestSwitches(value) };
  if (operator !== null) {
    const kind = KINDS[operator];
    return {
      names: kind === undefined ? null : { typed: value, kinds: [kind] },
      operators: [],
    };
  }
  const operators = operatorsWith(value).map(suggestOperator);
  if (value === '') return { names: null, operators };
  return { names: { typed: value, kinds: ['person', 'channel', 'game'] }, operators };
}

function suggestOperator(name: OperatorName): ShownSuggestion {
  const text = operatorText(name);
  return { kind: 'operator', label: text, value: name, insert: text, count: null };
}

function suggestSwitches(typed: string): ShownSuggestion[] {
  return Object.keys(SWITCHES)
    .filter((value) => value.startsWith(typed.toLowerCase()))
    .map((value) => {
      const insert = writeOperator({ name: 'is', value });
      return { kind: 'operator', label: insert, value, insert, count: null };
    });
}

const PARAMETERS: Readonly<Record<SuggestionKind, string>> = {
  person: 'from',
  player: 'with',
  channel: 'in',
  game: 'game',
};

/** Returns at most MAX_SUGGESTIONS suggestions: first the operators, then names, the most clips first in each kind. */
export function showSuggestions(
  operators: readonly ShownSuggestion[],
  names: readonly Suggestion[],
): ShownSuggestion[] {
  const shown = [...operators, ...names.map(showName)];
  const kinds = Object.keys(PLACES) as ShownSuggestion['kind'][];
  const ofKind = (kind: ShownSuggestion['kind']) => shown.filter((each) => each.kind === kind);
  const first = kinds.flatMap((kind) => ofKind(kind).slice(0, PLACES[kind]));
  const rest = kinds.flatMap((kind) => ofKind(kind).slice(PLACES[kind]));
  const chosen = new Set([...first, ...rest].slice(0, MAX_SUGGESTIONS));
  return kinds.flatMap((kind) => ofKind(kind).filter((each) => chosen.has(each)));
}

function showName({ kind, value, name, label, count }: Suggestion): ShownSuggestion {
  const line = lineOf(label);
  return {
    kind: kind === 'player' ? 'person' : kind,
    label: kind === 'channel' ? `#${line}` : line,
    value,
    insert: writeOperator(filterOf(kind, name, value)),
    count,
  };
}

/** Names are easier to read than ids, but a name may have nothing that can be typed. */
function filterOf(kind: SuggestionKind, name: string, value: string): Filter {
  const text = plain(name, { markup: 'kept' }).replaceAll('"', '');
  return { name: PARAMETERS[kind], value: text === name && text !== '' ? text : value };
}
