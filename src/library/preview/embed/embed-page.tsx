import { createHash } from 'node:crypto';
import { html, raw } from 'hono/html';
import type { CatalogClip } from '../../../catalog/catalog.ts';
import { assetPath } from '../../assets.ts';
import { picturePath, videoPath } from '../../paths.ts';
import { previewTitle } from '../clip/texts.ts';

const STYLE =
  'html,body{margin:0;height:100%;background:#000;color-scheme:dark;color:#F1F4F5;font:16px/24px system-ui}' +
  'video{display:block;width:100%;height:100%}' +
  'p{box-sizing:border-box;display:grid;place-content:center;height:100%;margin:0;padding:16px;text-align:center}';
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

/**
 * The Content-Security-Policy of an embedded player. Every website may show the player in a frame. A browser also checks
 * where the redirect of a video leads, so the policy names the media hosts:
 * https://www.w3.org/TR/CSP3/#match-response-to-source-list
 */
export function embedPolicy(mediaHosts: readonly string[]): string {
  return [
    "default-src 'none'",
    "img-src 'self'",
    `media-src ${["'self'", ...mediaHosts].join(' ')}`,
    `style-src 'sha256-${STYLE_HASH}'`,
    "base-uri 'none'",
    "form-action 'none'",
    'frame-ancestors *',
  ].join('; ');
}

/** The player of a clip and nothing else. The paths have no host, so the page works at every address of the library. */
export function embedPage(clip: CatalogClip) {
  const title = previewTitle(clip);
  const poster = posterPathOf(clip);
  return document(
    title,
    <video
      src={videoPath(clip)}
      controls
      playsinline
      preload="metadata"
      aria-label={title}
      {...(poster === null ? {} : { poster })}
    />,
  );
}

/** What the frame shows instead of a player. `sentence` ends with a full stop. */
export function embedFault(sentence: string) {
  return document('Clip', <p>{sentence}</p>);
}

function posterPathOf({ id, posterImage, thumbnail }: CatalogClip): string | null {
  if (posterImage !== null) return picturePath(id, 'poster.jpg', posterImage);
  return thumbnail === null ? null : picturePath(id, 'card', thumbnail);
}

function document(title: string, body: unknown) {
  return html`<!doctype html>${(
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width" />
          <title>{title}</title>
          <link rel="icon" type="image/svg+xml" href={assetPath('favicon.svg')} />
          <style>{raw(STYLE)}</style>
        </head>
        <body>{body}</body>
      </html>
    )}`;
}
