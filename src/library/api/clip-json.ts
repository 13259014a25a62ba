import type { CatalogClip } from '../../catalog/catalog.ts';
import { lineOf, posterName } from '../pages/format.ts';
import { avatarPath, cardPath, pagePath, posterImagePath, videoPath } from '../paths.ts';
import { isCovered } from '../texts/covered.ts';
import { messageText } from '../texts/message-text.ts';

/** A clip in the API. docs/api.md describes the fields; a test compares the two. */
export interface ClipJson {
  id: string;
  title: string;
  /** The clip's page. */
  url: string;
  /** Redirects to the video. Discord's own link would expire, so it is in no answer. */
  videoUrl: string;
  messageUrl: string;
  status: string;
  postedAt: string;
  text: string | null;
  altText: string | null;
  durationSeconds: number | null;
  width: number | null;
  height: number | null;
  sizeBytes: number | null;
  contentType: string | null;
  codec: string | null;
  frameRate: number | null;
  hasAudio: boolean | null;
  isSpoiler: boolean;
  isNsfw: boolean;
  /** True if the text and the pictures are left out because nobody asked for them with `show=1`. */
  isCovered: boolean;
  thumbnailUrl: string | null;
  posterImageUrl: string | null;
  game: string | null;
  players: { id: string; name: string; displayName: string }[];
  poster: { id: string; name: string; displayName: string; avatarUrl: string | null };
  channel: {
    id: string;
    name: string | null;
    parentId: string | null;
    parentName: string | null;
    serverId: string | null;
    serverName: string | null;
  };
}

export interface ClipJsonOptions {
  /** The library's address without a slash at the end. */
  origin: string;
  /** True if the reader asked for the texts and pictures of spoilers and age-restricted clips. */
  isShown: boolean;
}

/** Returns what the API says about a clip. Texts of strangers may contain markup. */
export function clipJson(clip: CatalogClip, { origin, isShown }: ClipJsonOptions): ClipJson {
  const hides = isCovered(clip) && !isShown;
  const absolute = (path: string | null) => path && `${origin}${path}`;
  return {
    id: clip.id,
    title: lineOf(clip.title),
    url: `${origin}${pagePath(clip.id)}`,
    videoUrl: `${origin}${videoPath(clip)}`,
    messageUrl: clip.messageLink,
    status: clip.status,
    postedAt: new Date(clip.postedAtMs).toISOString(),
    text: hides ? null : messageText(clip.description, { showsSpoilers: isShown }),
    altText: hides ? null : textOrNull(clip.altText),
    durationSeconds: clip.durationSeconds,
    width: clip.width,
    height: clip.height,
    sizeBytes: clip.sizeBytes,
    contentType: textOrNull(clip.contentType),
    codec: textOrNull(clip.codec),
    frameRate: clip.frameRate,
    hasAudio: clip.hasAudio,
    isSpoiler: clip.isSpoiler,
    isNsfw: clip.isNsfw,
    isCovered: hides,
    thumbnailUrl: hides ? null : absolute(cardPath(clip)),
    posterImageUrl: hides ? null : absolute(posterImagePath(clip)),
    game: textOrNull(clip.game),
    players: clip.players.map(({ Id, Name, Display_Name }) => ({
      id: Id,
      name: lineOf(Name),
      displayName: lineOf(Display_Name),
    })),
    poster: {
      id: clip.poster.id,
      name: lineOf(clip.poster.username),
      displayName: posterName(clip.poster),
      avatarUrl: absolute(avatarPath(clip)),
    },
    channel: {
      id: clip.channelId,
      name: textOrNull(clip.channel.name),
      parentId: clip.channel.parentId,
      parentName: textOrNull(clip.channel.parentName),
      serverId: clip.guildId,
      serverName: textOrNull(clip.channel.guildName),
    },
  };
}

function textOrNull(text: string | null): string | null {
  return text === null ? null : lineOf(text);
}
