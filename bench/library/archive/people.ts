import { randomOf } from '../../../test/support/random.ts';
import type { ChannelRecord } from '../../../src/clip/channel-record.ts';
import type { UserData } from '../../../src/clip/user-data.ts';
import { integerBetween, pick, type Random } from './pick.ts';
import {
  CHANNEL_NAMES,
  KNOWN_POSTERS,
  NAME_ENDS,
  NAME_STARTS,
  THREAD_NAMES,
} from './vocabulary.ts';

export interface Poster {
  id: string;
  /** The username that the poster has now, then those of before. */
  names: readonly string[];
  displayName: string;
}

const SEED = 20;
const POSTERS = 400;
const MAX_NAMES = 3;
const FIRST_POSTER_ID = 356_003_082_141_696_426n;
const FIRST_CHANNEL_ID = 1_196_521_684_992_000_058n;
const ID_STEP = 4_194_304_321n;
/** The threads belong to the channel with this number. */
const CHANNEL_OF_THREADS = 0;
const GUILDS = [
  { id: '442294389964800640', name: 'Clip Club' },
  { id: '561203874410225664', name: 'Überflieger' },
] as const;
/** One channel in so many is not public, and one is age-restricted. */
const PRIVATE_EVERY = 5;
const NSFW_EVERY = 17;

/** The people who post, most active first. */
export const POSTERS_OF_ARCHIVE: readonly Poster[] = createPosters(randomOf(SEED));

/** The channels and threads, most active first. */
export const CHANNELS_OF_ARCHIVE: readonly ChannelRecord[] = [
  ...CHANNEL_NAMES.map(createChannel),
  ...THREAD_NAMES.map(createThread),
];

/** Returns the object of the bucket that describes the poster. */
export function userDataOf({ id, names, displayName }: Poster): UserData {
  return {
    Id: id,
    Name: names[0] ?? '',
    Display_Name: displayName,
    Url: `https://cdn.discordapp.com/avatars/${id}/a_${'0c5b9d21e7f84a63'.repeat(2)}.png`,
    As_Of: Date.UTC(2026, 5, 30) / 1000,
  };
}

function createPosters(random: Random): Poster[] {
  return Array.from({ length: POSTERS }, (_, index) => {
    const names = KNOWN_POSTERS[index] ?? inventNames(random);
    return {
      id: String(FIRST_POSTER_ID + BigInt(index) * ID_STEP),
      names,
      displayName:
        `${names[0] ?? ''} ${pick(random, ['', '🔥', 'ツ', 'jr.', 'the Great', '[CC]'])}`.trim(),
    };
  });
}

function inventNames(random: Random): string[] {
  return Array.from({ length: integerBetween(random, 1, MAX_NAMES) }, () => {
    const number = pick(random, ['', String(integerBetween(random, 1, 99))]);
    return `${pick(random, NAME_STARTS)}${pick(random, ['', '_', '.'])}${pick(random, NAME_ENDS)}${number}`;
  });
}

function createChannel(name: string, index: number): ChannelRecord {
  const guild = GUILDS[index % 4 === 3 ? 1 : 0];
  return {
    Id: String(FIRST_CHANNEL_ID + BigInt(index) * ID_STEP),
    Name: name,
    guildId: guild.id,
    Guild_Name: guild.name,
    Parent_Id: null,
    Parent_Name: null,
    Nsfw: index % NSFW_EVERY === NSFW_EVERY - 1,
    Public: index % PRIVATE_EVERY !== PRIVATE_EVERY - 1,
  };
}

function createThread(name: string, index: number): ChannelRecord {
  const parent = createChannel(CHANNEL_NAMES[CHANNEL_OF_THREADS] ?? '', CHANNEL_OF_THREADS);
  return {
    ...parent,
    Id: String(FIRST_CHANNEL_ID + BigInt(CHANNEL_NAMES.length + index) * ID_STEP),
    Name: name,
    Parent_Id: parent.Id,
    Parent_Name: parent.Name,
  };
}
