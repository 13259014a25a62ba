export type Random = () => number;

/** The higher the exponent, the more frequent the first items are. With 2.5, a tenth of the items is picked in 40 %. */
const SKEW = 2.5;

/** Picks an item; earlier items are picked more often, as a few words, people and games are far more frequent. */
export function pickSkewed<T>(random: Random, items: readonly T[]): T {
  return items[Math.floor(items.length * random() ** SKEW)] as T;
}

/** Picks an item; all items are equally likely. */
export function pick<T>(random: Random, items: readonly T[]): T {
  return items[Math.floor(items.length * random())] as T;
}

export function integerBetween(random: Random, min: number, max: number): number {
  return min + Math.floor(random() * (max - min + 1));
}
