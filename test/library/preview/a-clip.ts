import type { CatalogClip } from '../../../src/catalog/catalog.ts';
import type { PreviewTag } from '../../../src/library/preview/head.ts';
import type { PreviewSettings } from '../../../src/library/preview/preview-settings.ts';

export const CLIP_ID = '900000000000000001-900000000000000002';
export const BASE = 'https://clips.example';

export const SETTINGS: PreviewSettings = {
  url: BASE,
  name: 'Ragtag Clips',
  access: 'public',
  channelIds: [],
};

/** A clip of a public channel that Discord can play, with a poster image. */
export function aClip(changes: Partial<CatalogClip> = {}): CatalogClip {
  return {
    id: CLIP_ID,
    channelId: '900000000000000003',
    guildId: '900000000000000004',
    status: 'live',
    url: 'https://cdn.discordapp.com/attachments/900000000000000003/900000000000000002/ace.mp4?ex=1&is=1&hm=secret',
    expiresAtMs: null,
    issuedAtMs: null,
    extension: 'mp4',
    isPublic: true,
    messageId: '900000000000000001',
    title: 'LUCKY ace',
    description: 'LUCKY ace\nnobody saw it coming',
    filename: 'ace',
    postedAtMs: 1_728_888_294_209,
    messageLink:
      'https://discord.com/channels/900000000000000004/900000000000000003/900000000000000001',
    contentType: 'video/mp4',
    sizeBytes: 12_000_000,
    durationSeconds: 27,
    width: 1920,
    height: 1080,
    codec: 'h264',
    frameRate: 60,
    hasAudio: true,
    placeholder: null,
    thumbnail: { key: `thumb/${CLIP_ID}.webp`, version: 't1' },
    posterImage: { key: `poster/${CLIP_ID}.jpg`, version: 'p1' },
    storyboard: null,
    deletedAtMs: null,
    recordedAtMs: null,
    altText: null,
    isSpoiler: false,
    isNsfw: false,
    game: null,
    players: [],
    poster: { id: '900000000000000005', username: '_soho', displayName: 'soho', avatar: null },
    channel: {
      id: '900000000000000003',
      name: 'clips',
      guildName: 'Clip club',
      parentId: null,
      parentName: null,
    },
    ...changes,
  };
}

/** Maps the names of tags to their values. Link tags have the names `canonical` and `alternate`. */
export function valuesOf(tags: readonly PreviewTag[]): Record<string, string> {
  return Object.fromEntries(
    tags.map(({ tag, attributes }) => {
      if (tag === 'link') return [attributes.rel, attributes.href];
      return ['property' in attributes ? attributes.property : attributes.name, attributes.content];
    }),
  );
}
