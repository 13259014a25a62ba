import { pagePath, picturePath } from '../../paths.ts';
import { searchParameters } from '../../search/parse-search.ts';
import { CLIP_WORDS, jumpText } from '../../words/clip.ts';
import { durationText } from '../format.ts';
import { isCovered, type ClipView } from './clip-view.ts';

/** A storyboard has two rows of five cells of this size, in pixels. */
const CELL_WIDTH = 320;
const CELL_HEIGHT = 180;
const COLUMNS = 5;
const ROWS = 2;

/**
 * The frames of the storyboard as buttons that jump. Each button shows the whole picture in a box that clips it, and a
 * class moves the picture, because the Content-Security-Policy forbids inline styles. Without a script, the buttons load
 * the page again with `?t=`.
 */
export function Moments(view: ClipView) {
  const { clip, search, isShown } = view;
  if (clip.storyboard === null || isCovered(view)) return null;
  const path = picturePath(clip.id, 'moments', clip.storyboard);
  const times = clip.storyboard.times.slice(0, COLUMNS * ROWS);
  const kept = [...searchParameters(search), ...(isShown ? [['show', '1'] as const] : [])];
  return (
    <form
      id="moments"
      class="moments"
      action={pagePath(clip.id)}
      method="get"
      aria-label={CLIP_WORDS.moments}
    >
      {kept.map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
      {times.map((seconds, at) => (
        <button
          name="t"
          value={String(Math.floor(seconds))}
          data-at={String(seconds)}
          aria-label={jumpText(durationText(Math.floor(seconds)))}
        >
          <img
            class={`f${at}`}
            src={path}
            alt=""
            width={CELL_WIDTH * COLUMNS}
            height={CELL_HEIGHT * ROWS}
          />
        </button>
      ))}
    </form>
  );
}
