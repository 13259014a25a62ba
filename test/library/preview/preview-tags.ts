import type { PreviewTag } from '../../../src/library/preview/head.ts';
import type { PreviewSettings } from '../../../src/library/preview/preview-settings.ts';

export const BASE = 'https://clips.example';

export const SETTINGS: PreviewSettings = {
  url: BASE,
  name: 'Ragtag Clips',
  access: 'public',
  channelIds: [],
};

/** Maps the names of tags to their values. Link tags have the names `canonical` and `alternate`. */
export function valuesOf(tags: readonly PreviewTag[]): Record<string, string> {
  return Object.fromEntries(
    tags.map(({ tag, attributes }) => {
      if (tag === 'link') return [attributes.rel, attributes.href];
      return ['property' in attributes ? attributes.property : attributes.name, attributes.content];
    }),
  );
}
