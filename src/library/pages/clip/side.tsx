import type { IconName } from '../../icon-names.ts';
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
        <Toggle id="loop" label={CLIP_WORDS.loop} icon="repeat" />
        <Toggle id="play-next" label={CLIP_WORDS.playNext} icon="list-video" />
        <button id="theatre" type="button" aria-pressed="false">
          <Icon name="rectangle-horizontal" />
          {CLIP_WORDS.theatre}
        </button>
      </div>
      <Details {...view} />
    </aside>
  );
}

/** A button for a setting that is on or off. The script keeps the setting. */
function Toggle({ id, label, icon }: { id: string; label: string; icon: IconName }) {
  return (
    <button
      id={id}
      class="square"
      type="button"
      aria-pressed="false"
      aria-label={label}
      title={label}
    >
      <Icon name={icon} />
    </button>
  );
}
