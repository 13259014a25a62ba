import type { CatalogClip } from '../../catalog/catalog.ts';
import { WORDS } from '../words.ts';
import { channelName, dateText, durationText, isoTime, lineOf, posterName } from './format.ts';
import { cardPath, pagePath } from '../paths.ts';

/** Thumbnails fit into 640×640 pixels; the picture's box has this shape. */
const WIDTH = 640;
const HEIGHT = 360;
/** The pictures that a reader sees first. */
const EAGER_CARDS = 8;

interface CardProps {
  clip: CatalogClip;
  timeZone: string;
  /** The card's place in the list, from 0. */
  at: number;
}

/** A clip in a list. */
export function Card({ clip, timeZone, at }: CardProps) {
  const { id, durationSeconds, poster, channel } = clip;
  const state = badgeOf(clip);
  return (
    <article class="card">
      <div class="picture">
        <CardPicture clip={clip} isEager={at < EAGER_CARDS} />
        {durationSeconds !== null && (
          <span class="badge length">{durationText(durationSeconds)}</span>
        )}
        {state !== null && <span class="badge state">{state}</span>}
      </div>
      <h2 dir="auto">
        <a href={pagePath(id)}>{lineOf(clip.title)}</a>
      </h2>
      <p class="meta">
        <a href={`/?from=${poster.id}`} dir="auto">
          {posterName(poster)}
        </a>
        {' · '}
        <a href={`/?in=${channel.id}`} dir="auto">
          {channelName(channel)}
        </a>
        {' · '}
        <time datetime={isoTime(clip.postedAtMs)}>{dateText(clip.postedAtMs, timeZone)}</time>
      </p>
    </article>
  );
}

/** A covered clip has no picture in the HTML, because a blurred picture is still a picture. */
function CardPicture({ clip, isEager }: { clip: CatalogClip; isEager: boolean }) {
  const path = cardPath(clip);
  if (path === null || clip.isSpoiler || clip.isNsfw) return null;
  return (
    <img
      src={path}
      alt={clip.altText === null ? '' : lineOf(clip.altText)}
      width={WIDTH}
      height={HEIGHT}
      loading={isEager ? 'eager' : 'lazy'}
    />
  );
}

function badgeOf(clip: CatalogClip): string | null {
  if (clip.status === 'deleted') return WORDS.deleted;
  if (clip.status === 'unreachable') return WORDS.unreachable;
  if (clip.isNsfw) return WORDS.adult;
  if (clip.isSpoiler) return WORDS.spoiler;
  return clip.hasAudio === false ? WORDS.silent : null;
}
