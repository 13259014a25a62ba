/**
 * Returns the median. If the number of values is even, returns the upper of the two middle values. NaN if there are no
 * values.
 */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/**
 * Returns a percentile. At least the fraction `share` (0 to 1) of the values is less than or equal to the result. NaN
 * if there are no values.
 */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * share) - 1] ?? NaN;
}

/** Rounds to a number of digits after the decimal point. */
export function roundTo(digits: number, value: number): number {
  return Number(value.toFixed(digits));
}
