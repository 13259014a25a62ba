import type { Clip } from '../clip.ts';

/** What a message says about its clip besides the text, the link and the people who posted it. */
export type ClipDetails = Pick<Clip, DetailName>;

type DetailName = (typeof REMOVABLE)[number] | (typeof LASTING)[number] | 'title';

/** An edit can change or remove these details. */
const REMOVABLE = ['altText', 'spoiler', 'webUrl'] as const;
/**
 * An edit cannot change these details. Components lack these details, so the details are missing after an edit replaces
 * attachments with components.
 */
const LASTING = ['players', 'game', 'clippedAtMs', 'webhookId'] as const;

/** Returns the details among the fields of a clip. */
export function detailsOf(clip: ClipDetails): ClipDetails {
  return pick(clip, [...LASTING, ...REMOVABLE, 'title']);
}

/** True if the two clips have the same details. */
export function hasSameDetails(a: ClipDetails, b: ClipDetails): boolean {
  return JSON.stringify(detailsOf(a)) === JSON.stringify(detailsOf(b));
}

/**
 * Returns the clip with the details that its message says now, or the same object if nothing changed. If the message no
 * longer contains the title, or details that an edit cannot change, the clip keeps the old values.
 */
export function withDetails<T extends ClipDetails>(clip: T, now: ClipDetails): T {
  const before = detailsOf(clip);
  const after = {
    ...pick(now, [...LASTING, 'title']),
    ...pick(before, LASTING),
    ...(now.title === undefined && pick(before, ['title'])),
    ...pick(now, REMOVABLE),
  };
  if (hasSameDetails(before, after)) return clip;
  const others = Object.entries(clip).filter(([name]) => !(name in before));
  return { ...Object.fromEntries(others), ...after } as unknown as T;
}

function pick(details: ClipDetails, names: readonly DetailName[]): ClipDetails {
  return Object.fromEntries(
    names.filter((name) => details[name] !== undefined).map((name) => [name, details[name]]),
  );
}
