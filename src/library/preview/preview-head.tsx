import type { CatalogClip } from '../../catalog/catalog.ts';
import { headOf } from './head.ts';
import type { PreviewSettings } from './preview-settings.ts';

/** The tags of a link preview, for the `<head>` of a clip's page. Null stands for a clip that nobody may know of. */
export function PreviewHead({
  clip,
  settings,
}: {
  clip: CatalogClip | null;
  settings: PreviewSettings;
}) {
  return (
    <>
      {headOf(clip, settings).map(({ tag, attributes }) =>
        tag === 'meta' ? <meta {...attributes} /> : <link {...attributes} />,
      )}
    </>
  );
}
