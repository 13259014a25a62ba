import { recordOf, type ClipRecord } from '../clip/record.ts';
import type { RecordState } from '../clip/state.ts';

/** Fields that people can change by an edit, besides the text. */
const DETAILS = ['Title', 'Alt_Text', 'Spoiler', 'Nsfw'] as const;

/**
 * The changes that a write can make to a record, each with the words for the log. A fresh link is not in this list,
 * because most writes contain a fresh link.
 */
const CHANGES: readonly [(before: ClipRecord, now: ClipRecord) => boolean, string][] = [
  [(before, now) => before.Description !== now.Description, 'a new text'],
  [(before, now) => before.Thumbnail !== now.Thumbnail, 'a thumbnail'],
  [(before, now) => before.Storyboard !== now.Storyboard, 'a storyboard'],
  [(before, now) => DETAILS.some((name) => before[name] !== now[name]), 'other details'],
  [(before, now) => before.Status === 'unreachable' && now.Status === 'live', 'access again'],
];

/** Returns what a write has changed, such as "a new text". Empty if there was no record, or nothing of interest changed. */
export function describeChanges(replaced: ClipRecord | null, state: RecordState): string {
  if (replaced === null) return '';
  const now = recordOf(state, replaced.Attempt);
  const changes = CHANGES.filter(([hasChanged]) => hasChanged(replaced, now)).map(
    ([, what]) => what,
  );
  const { Thumbnail_Error: fault } = now;
  if (fault && !now.Thumbnail && replaced.Thumbnail_Error?.message !== fault.message) {
    changes.push(`no thumbnail, because ${fault.message}`);
  }
  return changes.join(', ');
}
