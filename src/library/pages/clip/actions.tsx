import { isWebLink } from '../../../clip/link.ts';
import { embedPath, videoPath } from '../../paths.ts';
import { isPreviewable } from '../../preview/is-previewable.ts';
import { WORDS } from '../../words.ts';
import { CLIP_WORDS } from '../../words/clip.ts';
import { durationText, lineOf } from '../format.ts';
import { Icon } from '../icon.tsx';
import { pathInOrder, type ClipView } from './clip-view.ts';

/** The links to the clips before and after this one. */
export function Beside({ neighbours, search }: ClipView) {
  const { previous = null, next = [] } = neighbours ?? {};
  const [following] = next;
  if (previous === null && following === undefined) return null;
  return (
    <nav class="beside">
      {previous !== null && (
        <a
          id="previous"
          class="button"
          rel="prev"
          href={pathInOrder(search, previous.id)}
          aria-label={CLIP_WORDS.previous}
          title={lineOf(previous.title)}
        >
          <Icon name="chevron-left" />
          <span>{CLIP_WORDS.previousShort}</span>
        </a>
      )}
      {following !== undefined && (
        <a
          id="next"
          class="button"
          rel="next"
          href={pathInOrder(search, following.id)}
          aria-label={CLIP_WORDS.next}
          title={lineOf(following.title)}
        >
          <span>{CLIP_WORDS.nextShort}</span>
          <Icon name="chevron-right" />
        </a>
      )}
    </nav>
  );
}

/** The buttons that share the clip. */
export function Actions(view: ClipView) {
  return (
    <div class="actions">
      <button id="copy" type="button" class="primary needs-script">
        <Icon name="link" />
        {CLIP_WORDS.copyLink}
      </button>
      <button id="copy-at" type="button" class="needs-script">
        <span>
          {CLIP_WORDS.at} <span class="time">{durationText(view.startSeconds ?? 0)}</span>
        </span>
      </button>
      <MoreActions {...view} />
    </div>
  );
}

function MoreActions({ clip, settings, origin }: ClipView) {
  const discord = isWebLink(clip.messageLink) ? clip.messageLink : null;
  const app = discord === null ? null : appLinkOf(discord);
  const code = isPreviewable(clip, settings)
    ? embedCode(`${origin}${embedPath(clip.id)}`, clip)
    : null;
  return (
    <details id="more-actions" class="more-actions">
      <summary class="button" aria-label={CLIP_WORDS.more} title={CLIP_WORDS.more}>
        <Icon name="ellipsis" />
      </summary>
      <div class="popover">
        <button id="share" type="button" class="needs-script">
          <Icon name="share-2" />
          {CLIP_WORDS.share}
        </button>
        {discord !== null && (
          <a id="open-discord" href={discord} rel="noreferrer">
            <Icon name="external-link" />
            {WORDS.openInDiscord}
          </a>
        )}
        {app !== null && (
          <a id="open-app" href={app}>
            <Icon name="app-window" />
            {CLIP_WORDS.openInApp}
          </a>
        )}
        <a id="open-file" href={videoPath(clip)} rel="nofollow">
          <Icon name="file-video" />
          {WORDS.openFile}
        </a>
        {code !== null && (
          <>
            <button id="embed-code" type="button" class="needs-script" data-code={code}>
              <Icon name="code" />
              {CLIP_WORDS.embedCode}
            </button>
            <noscript>
              <label>
                {CLIP_WORDS.embedCodeWithoutScript}
                <textarea readonly>{code}</textarea>
              </label>
            </noscript>
          </>
        )}
      </div>
    </details>
  );
}

/** Returns the link that opens a message in the installed app, or null if the message is not at Discord. */
function appLinkOf(messageLink: string): string | null {
  const [, path] =
    /^https:\/\/(?:\w+\.)?discord\.com(\/channels\/[\w@/-]+)$/.exec(messageLink) ?? [];
  return path === undefined ? null : `discord://-${path}`;
}

/** A frame of this size fits on most pages. The player inside keeps the clip's shape. In pixels. */
const EMBED_WIDTH = 640;
const EMBED_HEIGHT = 360;

/** Returns the HTML that shows the player on another website. The title is not in it, so nothing needs to be escaped. */
function embedCode(address: string, { width, height }: ClipView['clip']): string {
  const isTall = width !== null && height !== null && height > width;
  const [frameWidth, frameHeight] = isTall
    ? [EMBED_HEIGHT, EMBED_WIDTH]
    : [EMBED_WIDTH, EMBED_HEIGHT];
  return `<iframe src="${address}" width="${frameWidth}" height="${frameHeight}" allowfullscreen></iframe>`;
}
