import { dateAfter, parseDateMs, parseSeconds } from './values.ts';

/** A condition of a search, as the reader wrote it. `name` is the parameter's name. */
export interface Filter {
  name: string;
  value: string;
}

/** The parameters that hold names. A clip must fit one of the values of each. */
export const LISTS = ['from', 'in', 'with', 'game'] as const;
export const DATES = { before: 'beforeMs', after: 'afterMs' } as const;
export const LENGTHS = { longer: 'longerSeconds', shorter: 'shorterSeconds' } as const;
export const SWITCHES = {
  vertical: 'isVertical',
  silent: 'isSilent',
  spoiler: 'isSpoiler',
} as const;

/** Most of these words are Discord's own, because members type them daily. Suggestions have this order. */
const CANONICAL_NAMES = {
  from: 'from',
  poster: 'from',
  in: 'in',
  channel: 'in',
  with: 'with',
  game: 'game',
  before: 'before',
  after: 'after',
  during: 'during',
  longer: 'longer',
  shorter: 'shorter',
  is: 'is',
} as const;

/** The name of an operator without its aliases. */
export type OperatorName = (typeof CANONICAL_NAMES)[keyof typeof CANONICAL_NAMES];

/** Returns the operators whose name or alias begins with a text. */
export function operatorsWith(beginning: string): OperatorName[] {
  const typed = beginning.toLowerCase();
  const words = Object.entries(CANONICAL_NAMES).filter(([word]) => word.startsWith(typed));
  return [...new Set(words.map(([, name]) => name))];
}

/** Returns the operator that a word before a colon means, or null. Case does not matter. */
export function operatorOf(word: string): OperatorName | null {
  const name = word.toLowerCase();
  return Object.hasOwn(CANONICAL_NAMES, name)
    ? CANONICAL_NAMES[name as keyof typeof CANONICAL_NAMES]
    : null;
}

export function isSwitch(value: string): value is keyof typeof SWITCHES {
  return Object.hasOwn(SWITCHES, value);
}

/** Returns the parameters that an operator with its value stands for, or null if the value is not understood. */
export function filtersOfOperator(name: OperatorName, value: string): Filter[] | null {
  switch (name) {
    case 'before':
    case 'after':
      return isDate(value) ? [{ name, value }] : null;
    case 'during': {
      const end = dateAfter(value);
      if (end === null || !isDate(value) || !isDate(end)) return null;
      return [
        { name: 'after', value },
        { name: 'before', value: end },
      ];
    }
    case 'longer':
    case 'shorter':
      return parseSeconds(value) === null ? null : [{ name, value }];
    case 'is': {
      const known = value.toLowerCase();
      return isSwitch(known) ? [{ name, value: known }] : null;
    }
    default:
      return [{ name, value }];
  }
}

/** Whether a date is understood does not depend on the time zone. */
function isDate(value: string): boolean {
  return parseDateMs(value, 'UTC') !== null;
}
