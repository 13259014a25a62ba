/** Returns the median; of an even number of values, the upper one of the two in the middle. NaN for no values. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/** Returns the value below or at which `share` of the values lie. NaN for no values. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * share) - 1] ?? NaN;
}

/** Rounds to a number of digits after the decimal point. */
export function roundTo(digits: number, value: number): number {
  return Number(value.toFixed(digits));
}
