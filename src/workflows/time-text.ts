/** An ISO time to the second. */
export const isoTime = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

/** "6 h", "90 s": a duration in its largest unit that still says something. */
export function inWords(ms: number): string {
  const units: [string, number][] = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
  ];
  const unit = units.find(([, size]) => ms >= 1.5 * size);
  return unit ? `${Math.round(ms / unit[1])} ${unit[0]}` : `${Math.round(ms / 1000)} s`;
}
