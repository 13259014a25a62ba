import type { CatalogClip } from '../../../catalog/catalog.ts';
import { isWebLink } from '../../../clip/link.ts';
import { pagePath, posterImagePath, videoPath } from '../../paths.ts';
import { placeholderOf } from '../../pictures/placeholder.ts';
import { WORDS } from '../../words.ts';
import { CLIP_WORDS, lastTriedText } from '../../words/clip.ts';
import { lineOf, posterName } from '../format.ts';
import { Icon } from '../icon.tsx';
import { codecName } from './codec-name.ts';
import { isCovered, pathInOrder, type ClipView } from './clip-view.ts';

/** The player, or the cover of a spoiler or an age-restricted clip. */
export function PlayerBox(view: ClipView) {
  return (
    <div id="player" class="player" {...dataOf(view)}>
      {isCovered(view) ? (
        <Cover {...view} />
      ) : (
        <>
          <Video {...view} />
          <Fault {...view} />
        </>
      )}
    </div>
  );
}

/** What the script needs. Discord's own link is a secret and never among it: only when that link expires. */
function dataOf(view: ClipView): Record<string, string> {
  const { clip, origin } = view;
  const picture = isCovered(view) ? null : posterImagePath(clip);
  return {
    'data-id': clip.id,
    'data-src': videoPath(clip),
    'data-lease-ends': textOf(clip.expiresAtMs),
    'data-title': lineOf(clip.title),
    'data-poster-name': posterName(clip.poster),
    'data-picture': picture ?? '',
    'data-frame-rate': textOf(clip.frameRate),
    'data-seconds': textOf(clip.durationSeconds),
    'data-codec': codecName(clip.codec) ?? '',
    'data-shape': isTall(clip) ? 'tall' : 'wide',
    'data-link': `${origin}${pagePath(clip.id)}`,
    'data-discord': isWebLink(clip.messageLink) ? clip.messageLink : '',
  };
}

function isTall({ width, height }: CatalogClip): boolean {
  return width !== null && height !== null && height >= width;
}

function textOf(value: number | null): string {
  return value === null ? '' : String(value);
}

/** The fragment makes browsers start there without a script: https://www.w3.org/TR/media-frags/#naming-time */
function Video({ clip, startSeconds, fault }: ClipView) {
  const picture = posterImagePath(clip);
  const fragment = startSeconds === null ? '' : `#t=${startSeconds}`;
  return (
    <video
      id="video"
      controls
      playsinline
      preload={fault === null ? 'metadata' : 'none'}
      src={`${videoPath(clip)}${fragment}`}
      aria-label={clip.altText === null ? lineOf(clip.title) : lineOf(clip.altText)}
      {...(picture !== null && { poster: picture })}
      {...sizeOf(clip)}
    />
  );
}

function sizeOf({ width, height }: CatalogClip): { width?: number; height?: number } {
  return width === null || height === null ? {} : { width, height };
}

/** Neither the picture nor the video is in the HTML, because a blurred picture is still a picture. */
function Cover({ clip, search }: ClipView) {
  const placeholder = placeholderOf(clip.placeholder);
  return (
    <div class="over">
      {placeholder !== null && <img class="placeholder" src={placeholder} alt="" />}
      <p>{clip.isNsfw ? CLIP_WORDS.coveredAdult : WORDS.coveredSpoiler}</p>
      <a id="show" class="button" href={pathInOrder(search, clip.id, { show: '1' })} rel="nofollow">
        {WORDS.show}
      </a>
    </div>
  );
}

/** Says over the picture why the clip does not play. The script shows its own faults here too. */
function Fault({ clip, fault, search, isShown, startSeconds, nowMs }: ClipView) {
  if (fault === null) return <div id="fault" class="over" hidden />;
  const { kind, triedAtMs } = fault;
  const kept = {
    ...(isShown && { show: '1' }),
    ...(startSeconds !== null && { t: String(startSeconds) }),
  };
  const sentence = kind === 'unreachable' ? WORDS.unreachableNow : CLIP_WORDS[kind];
  return (
    <div id="fault" class="over">
      <Icon name="triangle-alert" />
      <p>
        {sentence}
        {triedAtMs !== null && ` ${lastTriedText(nowMs - triedAtMs)}`}
      </p>
      {kind !== 'deleted' && (
        <div class="actions">
          <a class="button" href={pathInOrder(search, clip.id, kept)} rel="nofollow">
            {WORDS.tryAgain}
          </a>
        </div>
      )}
    </div>
  );
}
