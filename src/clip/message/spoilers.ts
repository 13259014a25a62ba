/** What a spoiler begins and ends with. */
export const BARS = '||';

/**
 * A text that readers see only after they ask for it. As in Discord, the bars of an empty spoiler are text.
 * Each pair of bars is looked at once, so a search takes time in proportion to the length of the text.
 */
export const SPOILER = /\|\|[^]+?\|\|/g;

/**
 * Cuts a message to at most `max` UTF-16 code units. If the cut is inside a spoiler, the whole spoiler is left out,
 * because its text would no longer be covered.
 */
export function cutMessage(text: string, max: number): string {
  if (text.length <= max) return text;
  const kept = text.slice(0, max);
  const last = [...kept.matchAll(SPOILER)].at(-1);
  const end = last === undefined ? 0 : last.index + last[0].length;
  const open = kept.indexOf(BARS, end);
  return open === -1 ? kept : kept.slice(0, open);
}
