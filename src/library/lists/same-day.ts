import type { Audience } from '../../catalog/catalog.ts';
import type { Day } from '../pages/list/day-strip.tsx';
import type { LibraryParts } from '../ports.ts';
import { dayOf, earlierDays } from '../search/same-day.ts';

/** A day of a busy server has more clips than a strip has room for. */
const MAX_CLIPS_PER_DAY = 2;
const MAX_CLIPS = 8;

/** Returns the clips of the same day of earlier years; null if there are none or the reader has hidden the day. */
export async function findSameDay(
  { catalog, settings, now }: Pick<LibraryParts, 'catalog' | 'settings' | 'now'>,
  audience: Audience,
  hiddenDay: string | null,
): Promise<Day | null> {
  const { timeZone, showDeleted } = settings;
  const today = dayOf(now(), timeZone);
  if (hiddenDay === today) return null;
  const days = earlierDays(today, timeZone);
  const clips = await catalog.findOnDays({
    audience,
    showDeleted,
    days,
    perDay: MAX_CLIPS_PER_DAY,
  });
  if (clips.length === 0) return null;
  return {
    today,
    clips: clips.slice(0, MAX_CLIPS).map((clip) => {
      const { postedAtMs } = clip;
      const day = days.find(({ fromMs, toMs }) => postedAtMs >= fromMs && postedAtMs < toMs);
      return { clip, yearsAgo: day?.yearsAgo ?? 0 };
    }),
  };
}
