import type { CatalogChange, CatalogClip } from '../../../src/catalog/catalog.ts';
import { defined } from '../../../src/clip/values.ts';
import { aClip, clipIdAt } from '../a-library.ts';

const HOUR_MS = 3_600_000;
const GUILD_ID = '400000000000000001';
const GUILD = 'Ragtag';

const POSTERS = [
  { id: '500000000000000001', username: 'soho', displayName: 'Soho' },
  { id: '500000000000000002', username: 'mia_k', displayName: 'Mia' },
  { id: '500000000000000003', username: 'зоя', displayName: 'Зоя' },
  { id: '500000000000000004', username: 'kestrel', displayName: 'kestrel' },
];
const CHANNELS = [
  { id: '200000000000000001', name: 'clips' },
  { id: '200000000000000002', name: 'wins' },
  { id: '200000000000000003', name: 'fails' },
];
const GAMES = ['Halo Infinite', 'Rocket League', null];
const TEXTS = [
  'Lucky ace on Dust',
  'We won by a pixel\nlook at the timer',
  '1v4 clutch with the pistol, ||they never checked the vent||',
  'Первый рейд закрыт',
  'あと一秒だった',
  'This took forty tries https://example.org/route',
  'Full team wipe, then the bridge fell on us and on everything that we had built there',
  'first try 🎯',
];

/** A thumbhash, the example of https://evanw.github.io/thumbhash/. */
const PLACEHOLDER = '1QcSHQRnh493V4dIh4eXh1h4kJUI';

/** Clips with all that a card can show. The first has the number 1 and is the newest. */
export function sampleClips(count = 36, nowMs = Date.now()): CatalogClip[] {
  return Array.from({ length: count }, (_, at) => sampleClip(at + 1, nowMs));
}

/** The numbers of the clips that differ from the others. */
export const SPOILER_CLIP = 3;
export const PORTRAIT_CLIP = 5;
export const SILENT_CLIP = 6;
export const UNREACHABLE_CLIP = 7;
export const LONG_CLIP = 8;
export const DELETED_CLIP = 12;

const FRAMES = 10;

const STATUSES: Readonly<Record<number, CatalogClip['status']>> = {
  [UNREACHABLE_CLIP]: 'unreachable',
  [DELETED_CLIP]: 'deleted',
};

function sampleClip(at: number, nowMs: number): CatalogClip {
  // The catalog takes later ids for newer clips.
  const id = clipIdAt(1000 - at);
  const text = at > TEXTS.length ? `${pick(TEXTS, at)} ${at}` : pick(TEXTS, at - 1);
  const channel = pick(CHANNELS, at);
  const isPortrait = at === PORTRAIT_CLIP;
  const durationSeconds = at === LONG_CLIP ? 3723 : 4 + ((at * 7) % 50);
  return aClip({
    id,
    channelId: channel.id,
    title: (text.split('\n')[0] ?? '').replace(/\|\|.*\|\|/, '').trim(),
    description: text,
    filename: `clip-${at}`,
    postedAtMs: nowMs - at * 7 * HOUR_MS,
    messageLink: `https://discord.com/channels/${GUILD_ID}/${channel.id}/${id.split('-')[0]}`,
    durationSeconds,
    width: isPortrait ? 1080 : 1920,
    height: isPortrait ? 1920 : 1080,
    hasAudio: at !== SILENT_CLIP,
    isSpoiler: at === SPOILER_CLIP,
    status: STATUSES[at] ?? 'live',
    // The links of these clips have died, and Discord gives no others.
    ...(at in STATUSES && { url: null, expiresAtMs: null, issuedAtMs: null }),
    deletedAtMs: at === DELETED_CLIP ? nowMs : null,
    game: GAMES[at % GAMES.length] ?? null,
    players: at % 4 === 1 ? [{ Id: '500000000000000002', Name: 'mia_k', Display_Name: 'Mia' }] : [],
    placeholder: PLACEHOLDER,
    storyboard: {
      key: `storyboard/${id}.webp`,
      version: '8899aabbccddeeff',
      times: Array.from({ length: FRAMES }, (_, frame) => (durationSeconds / FRAMES) * frame),
    },
    poster: {
      ...pick(POSTERS, at),
      avatar: { key: `userData/${pick(POSTERS, at).id}.png`, version: 'ab12' },
    },
    channel: { ...channel, guildName: GUILD, parentId: null, parentName: null },
  });
}

function pick<T>(items: readonly T[], at: number): T {
  return items[at % items.length] as T;
}

/** Returns the changes that bring the clips into a real catalog. */
export function changesOf(clips: readonly CatalogClip[]): CatalogChange[] {
  const channels = new Map(clips.map(({ channel }) => [channel.id, channel]));
  const posters = new Map(clips.map(({ poster }) => [poster.id, poster]));
  return [
    ...[...channels.values()].map((channel) => ({
      kind: 'channel' as const,
      key: `channels/${channel.id}.json`,
      version: '1',
      channel: {
        Id: channel.id,
        Name: channel.name ?? '',
        guildId: GUILD_ID,
        Guild_Name: channel.guildName,
        Parent_Id: null,
        Parent_Name: null,
        Nsfw: false,
        Public: true,
      },
    })),
    ...[...posters.values()].map(({ id, username, displayName }) => ({
      kind: 'user' as const,
      key: `userData/${id}.json`,
      version: '1',
      user: {
        Id: id,
        Name: username,
        Display_Name: displayName,
        Url: `https://cdn.discordapp.com/avatars/${id}/00.png`,
        Icon: `userData/${id}.png`,
      },
    })),
    ...clips.map(recordChange),
  ];
}

function recordChange(clip: CatalogClip): CatalogChange {
  const { id, channelId, poster } = clip;
  return {
    kind: 'record',
    key: `messages/${channelId}/${id}.json`,
    version: '1',
    record: defined({
      Id: id,
      Discord_id: clip.messageId,
      Poster: poster.username,
      Poster_Id: poster.id,
      Date: clip.postedAtMs / 1000,
      Link_to_message: clip.messageLink,
      Description: clip.description,
      Attachment_URL: clip.url ?? '',
      Filename: clip.filename,
      Expire_Timestamp: clip.expiresAtMs === null ? null : clip.expiresAtMs / 1000,
      channelId,
      guildId: clip.guildId,
      Status: clip.status === 'purged' ? 'deleted' : clip.status,
      Revision: 1,
      Attempt: 1,
      Size: clip.sizeBytes ?? undefined,
      Content_Type: clip.contentType ?? undefined,
      Runtime: clip.durationSeconds ?? undefined,
      Width: clip.width ?? undefined,
      Height: clip.height ?? undefined,
      Codec: clip.codec ?? undefined,
      Frame_Rate: clip.frameRate ?? undefined,
      Has_Audio: clip.hasAudio ?? undefined,
      Placeholder: clip.placeholder ?? undefined,
      Thumbnail: clip.thumbnail?.key,
      Thumbnail_Hash: clip.thumbnail?.version ?? undefined,
      Poster_Image: clip.posterImage?.key,
      Poster_Image_Hash: clip.posterImage?.version ?? undefined,
      Storyboard: clip.storyboard?.key,
      Storyboard_Hash: clip.storyboard?.version ?? undefined,
      Storyboard_Times: clip.storyboard?.times,
      Spoiler: clip.isSpoiler || undefined,
      Nsfw: clip.isNsfw || undefined,
      Players: clip.players,
      Game: clip.game ?? undefined,
    }),
  };
}
