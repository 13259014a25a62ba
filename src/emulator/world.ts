import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';

import { ChannelType, type Snowflake } from 'discord-api-types/v10';

import { avatarFile, FileStore } from './files.ts';
import { Journal } from './journal.ts';
import type { Channel, Entry, Guild, Settings, StoredFile, User } from './model.ts';
import { withMemberOverwrite, type PermissionName } from './permissions.ts';
import { SnowflakeSource } from './snowflake.ts';
import { carriedFiles, entryIds, State } from './state.ts';
import type { WorldEvent } from './world-event.ts';

export interface NewUser {
  readonly username: string;
  readonly globalName?: string;
  /** The avatar's picture, a PNG. */
  readonly avatar?: Uint8Array;
  readonly bot?: boolean;
}

export interface NewChannel {
  readonly guildId: Snowflake;
  readonly name: string;
  /** A text channel unless said otherwise; a thread (types 10 to 12) needs its `parentId`. */
  readonly type?: ChannelType;
  readonly parentId?: Snowflake;
  /** When the thread was archived; absent: it is active. */
  readonly archivedAt?: Date;
}

/**
 * Guilds, channels, users, messages and files: what a Discord consists of, in memory and on disk.
 */
export class World {
  readonly state = new State();
  readonly ids = new SnowflakeSource();
  readonly files: FileStore;
  readonly #journal: Journal;
  /** Set by the gateway. */
  onEvent: (event: WorldEvent) => void = () => undefined;

  /** Opens the world that `folder` holds, or makes a new, empty one there. */
  constructor(folder: string) {
    this.files = new FileStore(join(folder, 'files'));
    this.#journal = Journal.open(folder, (entry) => {
      this.state.apply(entry);
      for (const id of entryIds(entry)) this.ids.take(id);
    });
    if (this.state.settings === undefined) {
      const bot = this.addUser({ username: 'everclip', bot: true });
      const secret = randomBytes(32).toString('hex');
      this.commit({ put: 'settings', value: { secret, port: 0, botId: bot.id } });
    }
  }

  get settings(): Settings {
    if (this.state.settings === undefined) throw new Error('the world has no settings yet');
    return this.state.settings;
  }

  rememberPort(port: number): void {
    if (port !== this.settings.port) {
      this.commit({ put: 'settings', value: { ...this.settings, port } });
    }
  }

  addUser({ username, globalName, avatar, bot = false }: NewUser): User {
    const id = this.ids.now();
    const hash = avatar && createHash('md5').update(avatar).digest('hex');
    if (avatar && hash) this.files.put(avatarFile(id, hash), { bytes: avatar });
    const user = { id, username, globalName: globalName ?? null, avatar: hash ?? null, bot };
    this.commit({ put: 'user', value: user });
    return user;
  }

  /** Adds a guild, with an owner of its own and with the bot as a member. */
  addGuild({ name }: { readonly name: string }): Guild {
    const owner = this.addUser({ username: `owner_of_${name.toLowerCase().replace(/\W+/g, '_')}` });
    const joinedAt = new Date().toISOString();
    const guild = { id: this.ids.now(), name, ownerId: owner.id, joinedAt };
    this.commit({ put: 'guild', value: guild });
    this.onEvent({ type: 'guildCreate', guild });
    return guild;
  }

  /** @throws Error when there is no such guild */
  addChannel(input: NewChannel): Channel {
    if (!this.state.guilds.has(input.guildId))
      throw new Error(`there is no guild ${input.guildId}`);
    const channel = {
      id: this.ids.now(),
      guildId: input.guildId,
      name: input.name,
      type: input.type ?? ChannelType.GuildText,
      parentId: input.parentId ?? null,
      position: this.state.channels.size,
      overwrites: [],
      archivedAt: input.archivedAt?.toISOString() ?? null,
    };
    this.commit({ put: 'channel', value: channel });
    this.onEvent({ type: 'channelCreate', channel });
    return channel;
  }

  removeChannel(id: Snowflake): void {
    const channel = this.channel(id);
    const files = this.state.messages(id).flatMap(carriedFiles);
    this.commit({ gone: 'channel', id });
    this.dropUnused(files);
    this.onEvent({ type: 'channelDelete', channel });
  }

  /** Allows or denies the bot something in one channel, by an overwrite of its own. */
  rule(channelId: Snowflake, permission: PermissionName, verdict: 'allow' | 'deny'): void {
    const old = this.channel(channelId);
    const { botId } = this.settings;
    const overwrites = withMemberOverwrite(old.overwrites, botId, permission, verdict);
    const channel = { ...old, overwrites };
    this.commit({ put: 'channel', value: channel });
    this.onEvent({ type: 'channelUpdate', channel });
  }

  /** @throws Error when there is no such channel */
  channel(id: Snowflake): Channel {
    const channel = this.state.channels.get(id);
    if (channel === undefined) throw new Error(`there is no channel ${id}`);
    return channel;
  }

  /** Makes a change: on disk first, so that nobody hears of what a crash would undo. */
  commit(entry: Entry): void {
    this.#journal.append(entry);
    this.state.apply(entry);
  }

  /** Deletes the bytes of those attachments that no message carries any more. */
  dropUnused(files: readonly StoredFile[]): void {
    for (const { id } of files) if (!this.state.file(id)) this.files.remove(id);
  }

  close(): void {
    this.#journal.close();
  }
}
