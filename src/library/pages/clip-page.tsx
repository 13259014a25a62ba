import type { CatalogClip } from '../../catalog/catalog.ts';
import { isWebLink } from '../../clip/link.ts';
import type { LibrarySettings } from '../../config/settings.ts';
import { PreviewHead } from '../preview/preview-head.tsx';
import type { PreviewSettings } from '../preview/preview-settings.ts';
import { WORDS } from '../words.ts';
import {
  channelName,
  dateTimeText,
  durationText,
  isoTime,
  lineOf,
  posterName,
  sizeText,
} from './format.ts';
import { Layout } from './layout.tsx';
import { MessageText } from './message-text.tsx';
import { avatarPath, pagePath, posterImagePath, videoPath } from '../paths.ts';

export interface ClipPageProps {
  clip: CatalogClip;
  settings: PreviewSettings & Pick<LibrarySettings, 'timeZone'>;
  /** True if the reader asked to see a covered clip. */
  isShown: boolean;
}

const AVATAR_PIXELS = 32;

/** The page of a clip that was not deleted. */
export function ClipPage({ clip, settings, isShown }: ClipPageProps) {
  const { name, timeZone } = settings;
  const title = lineOf(clip.title);
  const avatar = avatarPath(clip);
  const isCovered = (clip.isSpoiler || clip.isNsfw) && !isShown;
  return (
    <Layout name={name} title={title} head={<PreviewHead clip={clip} settings={settings} />}>
      <article class="clip">
        <StateNotice clip={clip} />
        {isCovered ? <Cover clip={clip} /> : <Player clip={clip} />}
        <h1 dir="auto">{title}</h1>
        <div class="by">
          {avatar === null ? null : (
            <img class="avatar" src={avatar} alt="" width={AVATAR_PIXELS} height={AVATAR_PIXELS} />
          )}
          <a href={`/?from=${clip.poster.id}`} dir="auto">
            {posterName(clip.poster)}
          </a>
          <span>·</span>
          <a href={`/?in=${clip.channel.id}`} dir="auto">
            {channelName(clip.channel)}
          </a>
          <span>·</span>
          <time datetime={isoTime(clip.postedAtMs)}>{dateTimeText(clip.postedAtMs, timeZone)}</time>
        </div>
        <MessageText message={clip.description} />
        <div class="actions">
          {isWebLink(clip.messageLink) ? (
            <a class="button" href={clip.messageLink} rel="noreferrer">
              {WORDS.openInDiscord}
            </a>
          ) : null}
          <a class="button" href={videoPath(clip)} rel="nofollow">
            {WORDS.openFile}
          </a>
        </div>
        <Details clip={clip} timeZone={timeZone} />
      </article>
    </Layout>
  );
}

function StateNotice({ clip }: { clip: CatalogClip }) {
  if (clip.status !== 'unreachable' && clip.status !== 'stopped') return null;
  return (
    <p class="notice">
      {clip.status === 'stopped' ? WORDS.stopped : WORDS.unreachableNow}{' '}
      <a href={pagePath(clip.id)}>{WORDS.tryAgain}</a>
    </p>
  );
}

function Player({ clip }: { clip: CatalogClip }) {
  const picture = posterImagePath(clip);
  return (
    <video
      class="player"
      controls
      playsinline
      preload="metadata"
      src={videoPath(clip)}
      aria-label={clip.altText === null ? lineOf(clip.title) : lineOf(clip.altText)}
      {...(picture !== null && { poster: picture })}
      {...(clip.width !== null &&
        clip.height !== null && { width: clip.width, height: clip.height })}
    />
  );
}

/** Covers a spoiler or an age-restricted clip. Neither the picture nor the video is in the HTML. */
function Cover({ clip }: { clip: CatalogClip }) {
  return (
    <div class="player cover">
      <span>{clip.isNsfw ? WORDS.coveredAdult : WORDS.coveredSpoiler}</span>
      <a class="button primary" href={`${pagePath(clip.id)}?show=1`} rel="nofollow">
        {WORDS.show}
      </a>
    </div>
  );
}

function Details({ clip, timeZone }: { clip: CatalogClip; timeZone: string }) {
  const { fields } = WORDS;
  const rows: (readonly [string, string | null])[] = [
    [fields.file, lineOf(`${clip.filename}.${clip.extension}`)],
    [fields.posted, dateTimeText(clip.postedAtMs, timeZone)],
    [fields.length, clip.durationSeconds === null ? null : durationText(clip.durationSeconds)],
    [fields.size, clip.sizeBytes === null ? null : sizeText(clip.sizeBytes)],
    [fields.picture, pictureText(clip)],
    [fields.codec, clip.codec === null ? null : lineOf(clip.codec)],
    [fields.sound, clip.hasAudio === false ? WORDS.noSound : null],
    [fields.game, clip.game === null ? null : lineOf(clip.game)],
    [fields.players, playersText(clip)],
    [fields.server, clip.channel.guildName === null ? null : lineOf(clip.channel.guildName)],
  ];
  return (
    <details>
      <summary>{WORDS.details}</summary>
      <dl>
        {rows.map(([label, value]) =>
          value === null ? null : (
            <>
              <dt>{label}</dt>
              <dd dir="auto">{value}</dd>
            </>
          ),
        )}
      </dl>
    </details>
  );
}

function pictureText({ width, height, frameRate }: CatalogClip): string | null {
  if (width === null || height === null) return null;
  return frameRate === null
    ? `${width} × ${height}`
    : `${width} × ${height}, ${Math.round(frameRate)} fps`;
}

function playersText({ players }: CatalogClip): string | null {
  if (players.length === 0) return null;
  return players.map((player) => lineOf(player.Display_Name, player.Name, player.Id)).join(', ');
}
