import { randomOf } from '../../../test/support/random.ts';
import { clipId, messageLink, posterImageKey, thumbnailKey } from '../../../src/clip/clip.ts';
import type { ClipRecord } from '../../../src/clip/record.ts';
import { snowflakeAt } from '../../../src/clip/snowflake.ts';
import { defined } from '../../../src/clip/values.ts';
import { createFilename } from './filename.ts';
import { CHANNELS_OF_ARCHIVE, POSTERS_OF_ARCHIVE, type Poster } from './people.ts';
import { integerBetween, pick, pickSkewed, type Random } from './pick.ts';
import { createText, createTitle } from './text.ts';
import { FORGOTTEN_GAME, GAMES } from './vocabulary.ts';

/** The clips of the archive were posted between these times, the first clip first. */
const FIRST_POSTED_MS = Date.UTC(2022, 6, 1);
const LAST_POSTED_MS = Date.UTC(2026, 6, 1);

const DELETED = 0.03;
const UNREACHABLE = 0.01;
const SPOILERS = 0.02;
/** The shares of clips that were made in Discord, whose names Discord has changed, and that have no sound. */
const MADE_IN_DISCORD = 0.1;
const RENAMED = 0.05;
const SILENT = 0.03;
const VERTICAL = 0.08;
const MAX_PLAYERS = 4;
/** The share of clips, the oldest, that show FORGOTTEN_GAME. A search for it finds clips that the newest hide. */
const FORGOTTEN = 0.015;
/** The median duration and its spread: 68 of 100 clips take between a third and three times as long. */
const MEDIAN_SECONDS = 27;
const SPREAD = 3;
const MAX_SECONDS = 900;
const BYTES_PER_SECOND = 1_000_000;

/** A link's `hm` parameter is 64 hexadecimal digits. */
const SIGNATURE = '3f8a1c9e7b2d4056'.repeat(4);
export const LEASE_SECONDS = 24 * 60 * 60;

export interface ArchiveSize {
  /** The number of clips. */
  clips: number;
  /** When the links of all clips were signed, epoch milliseconds. */
  signedAtMs: number;
}

/**
 * Returns the record of the clip with this number, from 0. The same number gives the same record, except for the times
 * in the link.
 */
export function createRecord(index: number, { clips, signedAtMs }: ArchiveSize): ClipRecord {
  const random = randomOf(index + 1);
  const postedAtMs =
    FIRST_POSTED_MS + Math.floor((index * (LAST_POSTED_MS - FIRST_POSTED_MS)) / clips);
  const ref = {
    messageId: String(BigInt(snowflakeAt(postedAtMs)) + BigInt(index % 4096)),
    attachmentId: String(BigInt(snowflakeAt(postedAtMs - 1500)) + BigInt(index % 4096)),
  };
  const channel = pickSkewed(random, CHANNELS_OF_ARCHIVE);
  const poster = pickSkewed(random, POSTERS_OF_ARCHIVE);
  const isForgotten = index < clips * FORGOTTEN;
  const usualGame = pickSkewed(random, GAMES);
  const game = isForgotten ? FORGOTTEN_GAME : usualGame;
  const isDiscordClip = random() < MADE_IN_DISCORD;
  const seconds = createSeconds(random);
  const size = { width: 1920, height: 1080 };
  const { width, height } = random() < VERTICAL ? { width: size.height, height: size.width } : size;
  const filename = createFilename(random, game, new Date(postedAtMs));
  const signedAt = Math.floor(signedAtMs / 1000);
  const status = random();
  return defined<ClipRecord>({
    Id: clipId(ref),
    Discord_id: ref.messageId,
    Poster: nameAt(poster, index / clips),
    Poster_Id: poster.id,
    Date: postedAtMs / 1000,
    Link_to_message: messageLink({
      guildId: channel.guildId,
      channelId: channel.Id,
      messageId: ref.messageId,
    }),
    Description: isForgotten ? `${game} ${createText(random)}` : createText(random),
    Attachment_URL: signLink(
      `${channel.Id}/${ref.attachmentId}/${encodeURIComponent(filename)}.mp4`,
      signedAt,
    ),
    Filename: filename,
    Expire_Timestamp: signedAt + LEASE_SECONDS,
    channelId: channel.Id,
    guildId: channel.guildId,
    Status: status < DELETED ? 'deleted' : status < DELETED + UNREACHABLE ? 'unreachable' : 'live',
    Revision: integerBetween(random, 2, 400),
    Attempt: 1,
    Size: Math.round(seconds * BYTES_PER_SECOND),
    Content_Type: 'video/mp4',
    Runtime: seconds,
    Width: width,
    Height: height,
    Codec: pick(random, ['h264', 'h264', 'h264', 'hevc', 'av1']),
    Frame_Rate: 59.94,
    Bit_Rate: BYTES_PER_SECOND * 8,
    Has_Audio: random() >= SILENT,
    Created_At: Math.floor(postedAtMs / 1000) - 90,
    Placeholder: 'E/gNDYKXiHd/iHd4d3eHd3iAeAh4',
    Thumbnail: thumbnailKey(ref, 'webp'),
    Poster_Image: posterImageKey(ref),
    Deleted_At: status < DELETED ? postedAtMs / 1000 + LEASE_SECONDS : undefined,
    Title: isDiscordClip || random() < RENAMED ? createTitle(random) : undefined,
    Spoiler: random() < SPOILERS ? true : undefined,
    Nsfw: channel.Nsfw ? true : undefined,
    Players: isDiscordClip ? createPlayers(random) : undefined,
    Game: isDiscordClip ? game : undefined,
  });
}

/** Returns the record after a refresh of its link: a new link and the next revision, and nothing else. */
export function refreshRecord(record: ClipRecord, signedAtMs: number): ClipRecord {
  const signedAt = Math.floor(signedAtMs / 1000);
  const [path = ''] = record.Attachment_URL.split('/attachments/')[1]?.split('?') ?? [];
  return {
    ...record,
    Attachment_URL: signLink(path, signedAt),
    Expire_Timestamp: signedAt + LEASE_SECONDS,
    Revision: record.Revision + 1,
  };
}

function signLink(path: string, signedAt: number): string {
  const expiresAt = signedAt + LEASE_SECONDS;
  return `https://cdn.discordapp.com/attachments/${path}?ex=${expiresAt.toString(16)}&is=${signedAt.toString(16)}&hm=${SIGNATURE}&`;
}

/** Returns the name that the poster had at a time, from 0 for the start of the archive to 1 for its end. */
function nameAt({ names }: Poster, time: number): string {
  return names[Math.floor((1 - time) * names.length)] ?? names[0] ?? '';
}

/** Returns a duration in seconds, log-normally distributed. */
function createSeconds(random: Random): number {
  const gaussian = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const seconds = MEDIAN_SECONDS * SPREAD ** gaussian;
  return Math.round(Math.min(Math.max(seconds, 1), MAX_SECONDS) * 1000) / 1000;
}

function createPlayers(random: Random): ClipRecord['Players'] {
  return Array.from({ length: integerBetween(random, 1, MAX_PLAYERS) }, () => {
    const { id, names, displayName } = pickSkewed(random, POSTERS_OF_ARCHIVE);
    return { Id: id, Name: names[0] ?? '', Display_Name: displayName };
  });
}
