import type { CatalogClip } from '../../catalog/catalog.ts';
import { cardPath, channelPath, momentsPath, pagePath, posterPath } from '../paths.ts';
import { placeholderOf } from '../pictures/placeholder.ts';
import { WORDS } from '../words.ts';
import { Avatar } from './avatar.tsx';
import { channelName, dateTimeText, durationText, isoTime, lineOf, posterName } from './format.ts';
import { relativeTime } from './relative-time.ts';

/** Thumbnails fit into 640×640 pixels; the picture's box has this shape. */
const WIDTH = 640;
const HEIGHT = 360;
const AVATAR_PIXELS = 36;
/** The pictures that a reader sees first, and those that the browser should load before everything else. */
const EAGER_CARDS = 8;
const URGENT_CARDS = 4;

/** What the cards of a list have in common. */
export interface CardContext {
  timeZone: string;
  /** Epoch milliseconds. */
  nowMs: number;
  /** The parameters that links to clips carry, without a `?`. */
  order: string;
  /** Returns the address of the same page with the picture of a covered clip. */
  uncoverPath: (id: string) => string;
  uncoveredId: string | null;
}

interface CardProps {
  clip: CatalogClip;
  context: CardContext;
  /** The card's place in the list, from 0. */
  at: number;
}

/** A clip in a list. */
export function Card({ clip, context, at }: CardProps) {
  const { id, durationSeconds, poster, channel, postedAtMs } = clip;
  const isCovered = isCoveredClip(clip) && context.uncoveredId !== id;
  const badge = badgeOf(clip, isCovered);
  // The frames of a covered clip are as secret as its picture.
  const moments = isCovered ? null : momentsPath(clip);
  return (
    <article
      class="card"
      id={`card-${id}`}
      data-id={id}
      {...(moments !== null && {
        'data-moments': moments,
        'data-frames': clip.storyboard?.times.length,
      })}
    >
      <div class="picture">
        <Placeholder clip={clip} />
        {isCovered ? <Cover clip={clip} context={context} /> : <CardPicture clip={clip} at={at} />}
        {durationSeconds !== null && (
          <span class="badge length">{durationText(durationSeconds)}</span>
        )}
        {badge !== null && <span class="badge state">{badge}</span>}
      </div>
      <div class="about">
        <Avatar clip={clip} pixels={AVATAR_PIXELS} isLazy={at >= EAGER_CARDS} />
        <div>
          <h2 dir="auto">
            <a class="title" href={clipAddress(id, context.order)}>
              {lineOf(clip.title)}
            </a>
          </h2>
          <p class="meta">
            <a href={posterPath(poster.id)} dir="auto">
              {posterName(poster)}
            </a>
            {' · '}
            <a href={channelPath(channel.id)} dir="auto">
              {channelName(channel)}
            </a>
            {' · '}
            <time datetime={isoTime(postedAtMs)} title={dateTimeText(postedAtMs, context.timeZone)}>
              {relativeTime(postedAtMs, context.nowMs)}
            </time>
          </p>
        </div>
      </div>
    </article>
  );
}

/** Returns the address of a clip's page in an order. `order` has no `?`. */
export function clipAddress(id: string, order: string): string {
  return order === '' ? pagePath(id) : `${pagePath(id)}?${order}`;
}

/** True if a clip's picture is shown only to readers who ask for it. */
export function isCoveredClip({ isSpoiler, isNsfw }: CatalogClip): boolean {
  return isSpoiler || isNsfw;
}

/** What is shown until the picture arrives, and around and below it. */
export function Placeholder({ clip }: { clip: CatalogClip }) {
  const placeholder = placeholderOf(clip.placeholder);
  return placeholder === null ? null : <img class="placeholder" src={placeholder} alt="" />;
}

/** A covered clip has no picture in the HTML, because a blurred picture is still a picture. */
function Cover({ clip, context }: { clip: CatalogClip; context: CardContext }) {
  const path = `${context.uncoverPath(clip.id)}#card-${clip.id}`;
  return (
    <div class="covered">
      <span>{clip.isNsfw ? WORDS.adult : WORDS.spoiler}</span>
      <a class="show" href={path} rel="nofollow">
        {WORDS.show}
      </a>
    </div>
  );
}

function CardPicture({ clip, at }: { clip: CatalogClip; at: number }) {
  const path = cardPath(clip);
  if (path === null) return null;
  return (
    <img
      src={path}
      alt={clip.altText === null ? '' : lineOf(clip.altText)}
      width={WIDTH}
      height={HEIGHT}
      {...(at < URGENT_CARDS && { fetchpriority: 'high' })}
      {...(at >= EAGER_CARDS && { loading: 'lazy' })}
    />
  );
}

/** The cover of a clip says already why the clip is covered. */
function badgeOf(clip: CatalogClip, isCovered: boolean): string | null {
  if (clip.status === 'deleted') return WORDS.deleted;
  if (clip.status === 'unreachable') return WORDS.unreachable;
  if (isCovered) return null;
  if (clip.isNsfw) return WORDS.adult;
  if (clip.isSpoiler) return WORDS.spoiler;
  return clip.hasAudio === false ? WORDS.silent : null;
}
