import type { CatalogClip } from '../../../catalog/catalog.ts';
import { LIST_WORDS, yearsAgoText } from '../../words/list.ts';
import { cardPath, pagePath } from '../../paths.ts';
import { isCoveredClip, Placeholder } from '../card.tsx';
import { lineOf, posterName } from '../format.ts';
import { PreferenceForm } from '../frame/preference-form.tsx';
import { Icon } from '../icon.tsx';

/** The clips of the same day of earlier years. */
export interface Day {
  /** Such as `2025-05-01`. */
  today: string;
  clips: readonly { clip: CatalogClip; yearsAgo: number }[];
}

const WIDTH = 98;
const HEIGHT = 55;

export function DayStrip({ day: { today, clips } }: { day: Day }) {
  return (
    <section id="on-this-day" class="day" data-day={today} aria-labelledby="day-title">
      <h2 id="day-title">{LIST_WORDS.onThisDay}</h2>
      <ul tabindex={0} role="list" aria-labelledby="day-title">
        {clips.map(({ clip, yearsAgo }) => (
          <li>
            <Picture clip={clip} />
            <div class="text">
              <h3 dir="auto">
                <a class="title" href={pagePath(clip.id)}>
                  {lineOf(clip.title)}
                </a>
              </h3>
              <p class="meta">
                {yearsAgoText(yearsAgo)} · <span dir="auto">{posterName(clip.poster)}</span>
              </p>
            </div>
          </li>
        ))}
      </ul>
      <PreferenceForm id="hide-day">
        <button
          class="icon-button"
          name="day"
          value={today}
          aria-label={LIST_WORDS.hideDay}
          title={LIST_WORDS.hideDay}
        >
          <Icon name="x" />
        </button>
      </PreferenceForm>
    </section>
  );
}

/** The catalog leaves out covered clips, but a channel may have become age-restricted since. */
function Picture({ clip }: { clip: CatalogClip }) {
  const path = isCoveredClip(clip) ? null : cardPath(clip);
  return (
    <div class="picture">
      <Placeholder clip={clip} />
      {path !== null && <img src={path} alt="" width={WIDTH} height={HEIGHT} loading="lazy" />}
    </div>
  );
}
