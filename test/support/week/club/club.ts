import { ChannelType, type Snowflake } from 'discord-api-types/v10';
import type { Emulator } from '../../../../src/emulator/emulator.ts';
import type { NewWebhook } from '../../../../src/emulator/world/messages.ts';
import { Ledger } from './ledger.ts';
import type { Video } from './videos.ts';

/** A channel or thread that may have messages of its own. */
export interface Place {
  readonly id: Snowflake;
  readonly name: string;
  /** The channel whose permissions apply: the place itself, or the parent of a thread. */
  readonly ownerId: Snowflake;
  readonly isThread: boolean;
  readonly isPrivate: boolean;
}

export interface ThreadTurn {
  readonly threadId: Snowflake;
  /** Epoch milliseconds. */
  readonly atMs: number;
}

/** The server in which the week happens, and the people who post there. */
export interface Club {
  readonly emulator: Emulator;
  readonly guildId: Snowflake;
  readonly videos: readonly Video[];
  readonly people: readonly Snowflake[];
  /** A bot that answers commands and posts Components V2. */
  readonly clipBotId: Snowflake;
  /** Each has a name and avatar of its own, but two of them belong to the same webhook. */
  readonly personas: readonly NewWebhook[];
  /** Text, announcement, voice and stage channels. */
  readonly channels: readonly Place[];
  /** The channels that threads are opened in, and the type of these threads. */
  readonly parents: readonly { readonly id: Snowflake; readonly types: readonly ChannelType[] }[];
  /** The number of channels that private threads are opened in. */
  readonly privateParents: number;
  /** Threads that were not deleted. */
  readonly threads: Place[];
  /** Threads that were deleted, and when, in epoch milliseconds. */
  readonly lostThreads: (Place & { readonly lostAtMs: number })[];
  /** Each time that a thread was archived or became active again. */
  readonly threadTurns: ThreadTurn[];
  readonly ledger: Ledger;
  /** The video of each attachment that was ever posted; null if the file is not a video. */
  readonly videoOf: Map<Snowflake, Video | null>;
  /** The names of all threads, also of deleted ones, by id. */
  readonly threadNames: Map<Snowflake, string>;
  /** The ids of age-restricted channels, and of the threads in them. */
  readonly restricted: Set<Snowflake>;
}

/** Returns the places in which people can post. */
export function places({ channels, threads }: Pick<Club, 'channels' | 'threads'>): Place[] {
  return [...channels, ...threads];
}

/** True if the thread is archived. */
export function isArchived({ emulator }: Pick<Club, 'emulator'>, threadId: string): boolean {
  return emulator.channels.find(({ id }) => id === threadId)?.archivedAt !== null;
}

/** The CDN serves this picture unchanged, and only its first bytes show that it is a PNG. */
export function avatarOf(name: string): Buffer {
  const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
  return Buffer.concat([Buffer.from(signature), Buffer.from(name)]);
}

const CHANNELS = [
  { name: 'overtime', type: ChannelType.GuildText },
  { name: 'news', type: ChannelType.GuildAnnouncement },
  { name: 'lounge', type: ChannelType.GuildVoice },
  { name: 'finals', type: ChannelType.GuildStageVoice, nsfw: true },
] as const;

const FORUMS = [
  { name: 'best-of', type: ChannelType.GuildForum, nsfw: true },
  { name: 'gallery', type: ChannelType.GuildMedia },
] as const;

const { PublicThread, PrivateThread, AnnouncementThread } = ChannelType;

/** Founds the server, with six channels of all kinds in a category. */
export function foundClub(emulator: Emulator, guildId: string, videos: readonly Video[]): Club {
  const { id: parentId } = emulator.addChannel({
    guildId,
    name: 'clips',
    type: ChannelType.GuildCategory,
  });
  const add = (input: { name: string; type: ChannelType; nsfw?: boolean }) =>
    emulator.addChannel({ guildId, parentId, ...input });
  const channels = CHANNELS.map(add);
  const forums = FORUMS.map(add);
  const people = ['_juno', 'marlow', 'kestrel'].map((username, index) =>
    emulator.addUser({
      username,
      ...(index > 0 && { globalName: `${username} *the ${index}.*` }),
      ...(index < 2 && { avatar: avatarOf(username) }),
    }),
  );
  const hooks = ['1283675776780079888', '1283675776780079999'] as const;
  const parents = [
    { id: channels[0]!.id, types: [PublicThread, PrivateThread] },
    { id: channels[1]!.id, types: [AnnouncementThread] },
    ...forums.map(({ id }) => ({ id, types: [PublicThread] })),
  ];
  return {
    emulator,
    guildId,
    videos,
    people: people.map(({ id }) => id),
    clipBotId: emulator.addUser({ username: 'clipbot', bot: true }).id,
    personas: [
      { id: hooks[0], username: 'Ravn', avatar: avatarOf('Ravn') },
      { id: hooks[0], username: 'Ibis' },
      { id: hooks[1], username: 'Ravn' },
    ],
    channels: channels.map(({ id, name }) => ({
      id,
      name,
      ownerId: id,
      isThread: false,
      isPrivate: false,
    })),
    parents,
    privateParents: parents.filter(({ types }) => types.includes(PrivateThread)).length,
    threads: [],
    lostThreads: [],
    threadTurns: [],
    ledger: new Ledger(),
    videoOf: new Map(),
    threadNames: new Map(),
    restricted: new Set([...channels, ...forums].filter(({ nsfw }) => nsfw).map(({ id }) => id)),
  };
}
