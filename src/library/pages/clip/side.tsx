import { CLIP_WORDS } from '../../words/clip.ts';
import { Icon } from '../icon.tsx';
import type { ClipView } from './clip-view.ts';
import { Details } from './details.tsx';
import { NextUp } from './next-up.tsx';

/** What is beside the player: the next clips, the player's settings and the clip's facts. */
export function Side(view: ClipView) {
  return (
    <aside id="side" class="side">
      <NextUp {...view} />
      <div class="settings needs-script">
        <button
          id="speed"
          type="button"
          aria-label={`${CLIP_WORDS.speed} ${CLIP_WORDS.normalSpeed}`}
        >
          {CLIP_WORDS.normalSpeed}
        </button>
        <button
          id="loop"
          class="square"
          type="button"
          aria-pressed="false"
          aria-label={CLIP_WORDS.loop}
          title={CLIP_WORDS.loop}
        >
          <Icon name="repeat" />
        </button>
        <button
          id="play-next"
          class="square"
          type="button"
          aria-pressed="false"
          aria-label={CLIP_WORDS.playNext}
          title={CLIP_WORDS.playNext}
        >
          <Icon name="list-video" />
        </button>
        <button id="theatre" type="button" aria-pressed="false">
          <Icon name="rectangle-horizontal" />
          {CLIP_WORDS.theatre}
        </button>
      </div>
      <Details {...view} />
    </aside>
  );
}
