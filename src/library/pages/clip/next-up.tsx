import type { CatalogClip } from '../../../catalog/catalog.ts';
import { cardPath } from '../../paths.ts';
import { placeholderOf } from '../../pictures/placeholder.ts';
import { listPath } from '../../search/parse-search.ts';
import { WORDS } from '../../words.ts';
import { CLIP_WORDS } from '../../words/clip.ts';
import { durationText, isoTime, lineOf, posterName } from '../format.ts';
import { relativeTime } from '../relative-time.ts';
import { pathInOrder, type ClipView } from './clip-view.ts';
import { orderText } from './order-text.ts';

const WIDTH = 144;
const HEIGHT = 81;

/** The next clips in the order of the list from which the reader came. */
export function NextUp({ clip, neighbours, search, nowMs }: ClipView) {
  if (neighbours === null) return null;
  const { next } = neighbours;
  return (
    <section class="next-up" aria-labelledby="next-up">
      <header>
        <h2 id="next-up">{CLIP_WORDS.nextUp}</h2>
        <a href={listPath(search)} dir="auto">
          {orderText(search, [clip, ...next])}
        </a>
      </header>
      {next.length === 0 ? (
        <p class="muted">{CLIP_WORDS.lastOfList}</p>
      ) : (
        <ul>
          {next.map((other) => (
            <li>
              <NextClip clip={other} path={pathInOrder(search, other.id)} nowMs={nowMs} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function NextClip({ clip, path, nowMs }: { clip: CatalogClip; path: string; nowMs: number }) {
  const { durationSeconds, poster, postedAtMs } = clip;
  return (
    <a class="next-clip" href={path}>
      <span class="thumb">
        <Picture clip={clip} />
        {durationSeconds !== null && (
          <span class="badge length">{durationText(durationSeconds)}</span>
        )}
      </span>
      <span>
        <span class="name" dir="auto">
          {lineOf(clip.title)}
        </span>
        <span class="meta">
          <bdi>{posterName(poster)}</bdi>
          {' · '}
          <time datetime={isoTime(postedAtMs)}>{relativeTime(postedAtMs, nowMs)}</time>
        </span>
      </span>
    </a>
  );
}

function Picture({ clip }: { clip: CatalogClip }) {
  const path = cardPath(clip);
  const placeholder = placeholderOf(clip.placeholder);
  const isCovered = clip.isSpoiler || clip.isNsfw;
  return (
    <>
      {placeholder !== null && <img class="placeholder" src={placeholder} alt="" />}
      {isCovered ? (
        <span class="badge state">{clip.isNsfw ? WORDS.adult : WORDS.spoiler}</span>
      ) : (
        path !== null && <img src={path} alt="" width={WIDTH} height={HEIGHT} loading="lazy" />
      )}
    </>
  );
}
