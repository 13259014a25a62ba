import { isPreviewable } from '../../preview/is-previewable.ts';
import { httpsAddress } from '../../preview/clip/addresses.ts';
import { PreviewHead } from '../../preview/preview-head.tsx';
import { pagePath, posterImagePath } from '../../paths.ts';
import { lineOf } from '../format.ts';
import { Layout } from '../layout.tsx';
import { MessageText } from '../message-text.tsx';
import { Actions, Beside } from './actions.tsx';
import { isCovered, type ClipView } from './clip-view.ts';
import { Moments } from './moments.tsx';
import { PlayerBox } from './player-box.tsx';
import { PosterLine } from './poster-line.tsx';
import { Side } from './side.tsx';

/** The page of a clip. The script replaces `#clip` and `#side` by those of another clip's page. */
export function ClipPage(view: ClipView) {
  const { clip, settings } = view;
  const title = lineOf(clip.title);
  return (
    <Layout name={settings.name} title={title} head={<Head {...view} />} script="clip.js">
      <div class="watch">
        <PlayerBox {...view} />
        <div id="clip" class="clip">
          <Moments {...view} />
          <h1 id="title" tabindex={-1} dir="auto">
            {title}
          </h1>
          <Beside {...view} />
          <Actions {...view} />
          <PosterLine {...view} />
          {/* A text of one line is the title already. */}
          {lineOf(clip.description) !== title && <MessageText message={clip.description} />}
        </div>
        <Side {...view} />
      </div>
    </Layout>
  );
}

/** The preview, the address without parameters, and the picture that the reader sees first. */
function Head(view: ClipView) {
  const { clip, settings } = view;
  const page = pagePath(clip.id);
  const picture = isCovered(view) ? null : posterImagePath(clip);
  const hasCanonical = isPreviewable(clip, settings) && httpsAddress(settings, page) !== null;
  return (
    <>
      <PreviewHead clip={clip} settings={settings} />
      {!hasCanonical && <link rel="canonical" href={page} />}
      {picture !== null && <link rel="preload" as="image" href={picture} fetchpriority="high" />}
    </>
  );
}
