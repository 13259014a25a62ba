import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { ChannelType, OverwriteType, type Snowflake } from 'discord-api-types/v10';
import { avatarFileName, FileStore } from './file-store.ts';
import { Journal } from './journal.ts';
import type { Channel, Entry, Guild, Settings, StoredFile, User, WorldEvent } from './model.ts';
import { isThread, withOverwrite, type PermissionName, type Whom } from './permissions.ts';
import { SnowflakeSource } from './snowflake.ts';
import { carriedFiles, entryIds, State } from './state.ts';

const SECRET_BYTES = 32;

export interface NewUser {
  readonly username: string;
  readonly globalName?: string;
  /** The avatar's picture, a PNG. */
  readonly avatar?: Uint8Array;
  readonly bot?: boolean;
}

export interface NewGuild {
  readonly name: string;
  /** The number of members that the guild claims to have; by default, the number of all users. */
  readonly memberCount?: number;
}

export interface NewChannel {
  readonly guildId: Snowflake;
  readonly name: string;
  /** The type is a text channel by default. A thread (types 10 to 12) needs `parentId`. */
  readonly type?: ChannelType;
  readonly parentId?: Snowflake;
  /** When the thread was archived; the thread is active by default. */
  readonly archivedAt?: Date;
  /** True if the channel is age-restricted. */
  readonly nsfw?: boolean;
  /** True if the bot is a member of the thread. */
  readonly hasBot?: boolean;
}

/** Returns the hash of an avatar's picture, which is part of its URL. */
export function hashAvatar(avatar: Uint8Array): string {
  return createHash('md5').update(avatar).digest('hex');
}

/** The emulated Discord's guilds, channels, users, messages and files, in memory and on disk. */
export class World {
  readonly state = new State();
  readonly ids = new SnowflakeSource();
  readonly files: FileStore;
  readonly #journal: Journal;
  /** Called after each change that the gateway announces. */
  onEvent: (event: WorldEvent) => void = () => undefined;

  /** Opens the world in `folder`, or creates an empty world there. */
  constructor(folder: string) {
    this.files = new FileStore(join(folder, 'files'));
    this.#journal = Journal.open(folder, (entry) => {
      this.state.apply(entry);
      for (const id of entryIds(entry)) this.ids.markUsed(id);
    });
    if (this.state.settings === null) {
      const bot = this.addUser({ username: 'everclip', bot: true });
      const secret = randomBytes(SECRET_BYTES).toString('hex');
      this.commit({ put: 'settings', value: { secret, port: 0, botId: bot.id } });
    }
  }

  get settings(): Settings {
    if (this.state.settings === null) throw new Error('the world has no settings yet');
    return this.state.settings;
  }

  rememberPort(port: number): void {
    if (port !== this.settings.port) {
      this.commit({ put: 'settings', value: { ...this.settings, port } });
    }
  }

  addUser({ username, globalName, avatar, bot = false }: NewUser): User {
    const id = this.ids.now();
    let avatarHash: string | null = null;
    if (avatar !== undefined) {
      avatarHash = hashAvatar(avatar);
      this.files.put(avatarFileName(id, avatarHash), { bytes: avatar });
    }
    const user: User = {
      id,
      username,
      globalName: globalName ?? null,
      avatar: avatarHash,
      bot,
    };
    this.commit({ put: 'user', value: user });
    return user;
  }

  /** @throws Error if the user does not exist */
  renameUser(id: Snowflake, names: Pick<NewUser, 'username' | 'globalName'>): User {
    const old = this.state.users.get(id);
    if (old === undefined) throw new Error(`user ${id} not found`);
    const { username, globalName = null } = names;
    const user = { ...old, username, globalName };
    this.commit({ put: 'user', value: user });
    return user;
  }

  /** Adds a guild with a new owner. The bot is a member. */
  addGuild({ name, memberCount }: NewGuild): Guild {
    const owner = this.addUser({ username: `owner_of_${name.toLowerCase().replace(/\W+/g, '_')}` });
    const joinedAt = new Date().toISOString();
    const guild: Guild = {
      id: this.ids.now(),
      name,
      ownerId: owner.id,
      joinedAt,
      ...(memberCount !== undefined && { memberCount }),
    };
    this.commit({ put: 'guild', value: guild });
    this.onEvent({ type: 'guildCreate', guild });
    return guild;
  }

  /** Deletes the guild with everything in it. @throws Error if the guild does not exist */
  removeGuild(id: Snowflake): void {
    const guild = this.#requireGuild(id);
    const inside = [...this.state.channels.values()].filter(({ guildId }) => guildId === id);
    const files = inside.flatMap((channel) =>
      this.state.messages(channel.id).flatMap(carriedFiles),
    );
    this.commit({ gone: 'guild', id });
    this.removeUnusedFiles(files);
    this.onEvent({ type: 'guildDelete', guild });
  }

  /** Removes the bot from the guild, or invites the bot again. @throws Error if the guild does not exist */
  setMembership(id: Snowflake, hasBot: boolean): void {
    const guild = { ...this.#requireGuild(id), hasBot };
    this.commit({ put: 'guild', value: guild });
    this.onEvent({ type: hasBot ? 'guildCreate' : 'guildDelete', guild });
  }

  #requireGuild(id: Snowflake): Guild {
    const guild = this.state.guilds.get(id);
    if (guild === undefined) throw new Error(`guild ${id} not found`);
    return guild;
  }

  /** @throws Error if the guild does not exist */
  addChannel(input: NewChannel): Channel {
    if (!this.state.guilds.has(input.guildId)) throw new Error(`guild ${input.guildId} not found`);
    const channel: Channel = {
      id: this.ids.now(),
      guildId: input.guildId,
      name: input.name,
      type: input.type ?? ChannelType.GuildText,
      parentId: input.parentId ?? null,
      position: this.state.channels.size,
      overwrites: [],
      archivedAt: input.archivedAt?.toISOString() ?? null,
      ...(input.nsfw && { nsfw: true }),
      ...(input.hasBot && { hasBot: true }),
    };
    this.commit({ put: 'channel', value: channel });
    this.onEvent({ type: 'channelCreate', channel });
    return channel;
  }

  /**
   * Deletes a channel with its threads. As on Discord, no event follows for the threads, and the channels of a deleted
   * category stay.
   * @throws Error if the channel does not exist
   */
  removeChannel(id: Snowflake): void {
    const channel = this.requireChannel(id);
    const children = [...this.state.channels.values()].filter(({ parentId }) => parentId === id);
    for (const child of children) if (isThread(child)) this.#dropChannel(child.id);
    this.#dropChannel(id);
    this.onEvent({ type: 'channelDelete', channel });
    for (const child of children)
      if (!isThread(child)) this.#updateChannel(child, { parentId: null });
  }

  /** Archives a thread, or makes it active again. @throws Error if the thread does not exist */
  setArchived(id: Snowflake, isArchived: boolean): void {
    const archivedAt = isArchived ? new Date().toISOString() : null;
    this.#updateChannel(this.requireChannel(id), { archivedAt });
  }

  #dropChannel(id: Snowflake): void {
    const files = this.state.messages(id).flatMap(carriedFiles);
    this.commit({ gone: 'channel', id });
    this.removeUnusedFiles(files);
  }

  #updateChannel(old: Channel, change: Partial<Channel>): void {
    const channel = { ...old, ...change };
    this.commit({ put: 'channel', value: channel });
    this.onEvent({ type: 'channelUpdate', channel });
  }

  /** Allows or denies the bot or @everyone a permission in one channel, with an overwrite. */
  setPermission(
    channelId: Snowflake,
    permission: PermissionName,
    verdict: 'allow' | 'deny',
    whom: Whom = 'bot',
  ): void {
    const old = this.requireChannel(channelId);
    // The id of the @everyone role is the guild's id.
    const target =
      whom === 'bot'
        ? { id: this.settings.botId, type: OverwriteType.Member }
        : { id: old.guildId, type: OverwriteType.Role };
    const overwrites = withOverwrite(old.overwrites, target, permission, verdict);
    this.#updateChannel(old, { overwrites });
  }

  /** @throws Error if the channel does not exist */
  requireChannel(id: Snowflake): Channel {
    const channel = this.state.channels.get(id);
    if (channel === undefined) throw new Error(`channel ${id} not found`);
    return channel;
  }

  /** Writes a change to disk, then applies it, so that a crash can't undo an announced change. */
  commit(entry: Entry): void {
    this.#journal.append(entry);
    this.state.apply(entry);
  }

  /** Deletes the bytes of those attachments that no message carries any more. */
  removeUnusedFiles(files: readonly StoredFile[]): void {
    for (const { id } of files) if (this.state.findFile(id) === null) this.files.remove(id);
  }

  close(): void {
    this.#journal.close();
  }
}
