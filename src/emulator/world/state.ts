import type { Snowflake } from 'discord-api-types/v10';
import type { Channel, Entry, Guild, Message, Settings, StoredFile, User } from './model.ts';
import { compareIds } from './snowflake.ts';

/** The current state of the world, in memory. It results from applying all entries of the journal. */
export class State {
  /** Null until the journal's first settings entry is applied. */
  settings: Settings | null = null;
  readonly users = new Map<Snowflake, User>();
  readonly guilds = new Map<Snowflake, Guild>();
  readonly channels = new Map<Snowflake, Channel>();
  readonly #messages = new Map<Snowflake, Message[]>();
  /** Each attachment, and how many messages carry it. Forwards count too. */
  readonly #files = new Map<Snowflake, { readonly file: StoredFile; readonly uses: number }>();

  apply(entry: Entry): void {
    if ('gone' in entry) {
      if (entry.gone === 'message') this.#removeMessage(entry.channelId, entry.id);
      else if (entry.gone === 'guild') this.#removeGuild(entry.id);
      else this.#removeChannel(entry.id);
      return;
    }
    if (entry.put === 'settings') this.settings = entry.value;
    else if (entry.put === 'user') this.users.set(entry.value.id, entry.value);
    else if (entry.put === 'guild') this.guilds.set(entry.value.id, entry.value);
    else if (entry.put === 'channel') this.channels.set(entry.value.id, entry.value);
    else this.#putMessage(entry.value);
  }

  /** Returns the bot's user, or null if the world has no settings yet. */
  findBot(): User | null {
    return this.users.get(this.settings?.botId ?? '') ?? null;
  }

  /** True if the bot is a member of the guild. */
  hasBotIn(guildId: Snowflake): boolean {
    const guild = this.guilds.get(guildId);
    return guild !== undefined && guild.hasBot !== false;
  }

  /** Returns a channel's messages, oldest first. */
  messages(channelId: Snowflake): readonly Message[] {
    return this.#messages.get(channelId) ?? [];
  }

  /** Returns one message, or null if the channel has no such message. */
  findMessage(channelId: Snowflake, id: Snowflake): Message | null {
    const messages = this.messages(channelId);
    const candidate = messages[findIndexFrom(messages, id)];
    return candidate?.id === id ? candidate : null;
  }

  /** Returns an attachment, or null if no message carries it. */
  findFile(id: Snowflake): StoredFile | null {
    return this.#files.get(id)?.file ?? null;
  }

  #putMessage(message: Message): void {
    let messages = this.#messages.get(message.channelId);
    if (messages === undefined) {
      messages = [];
      this.#messages.set(message.channelId, messages);
    }
    const replaced = this.findMessage(message.channelId, message.id);
    messages.splice(findIndexFrom(messages, message.id), replaced === null ? 0 : 1, message);
    this.#countFiles(message, 1);
    if (replaced !== null) this.#countFiles(replaced, -1);
  }

  #removeMessage(channelId: Snowflake, id: Snowflake): void {
    const message = this.findMessage(channelId, id);
    if (message === null) return;
    const messages = this.#messages.get(channelId) ?? [];
    messages.splice(findIndexFrom(messages, id), 1);
    this.#countFiles(message, -1);
  }

  #removeGuild(id: Snowflake): void {
    const channels = [...this.channels.values()].filter(({ guildId }) => guildId === id);
    for (const channel of channels) this.#removeChannel(channel.id);
    this.guilds.delete(id);
  }

  #removeChannel(id: Snowflake): void {
    for (const message of this.messages(id)) this.#countFiles(message, -1);
    this.#messages.delete(id);
    this.channels.delete(id);
  }

  #countFiles(message: Message, by: 1 | -1): void {
    for (const file of carriedFiles(message)) {
      const uses = (this.#files.get(file.id)?.uses ?? 0) + by;
      if (uses > 0) this.#files.set(file.id, { file, uses });
      else this.#files.delete(file.id);
    }
  }
}

/** Returns the attachments that a message shows, including the attachments of a forwarded message. */
export function carriedFiles(message: Message): readonly StoredFile[] {
  return [...message.files, ...(message.forward?.files ?? [])];
}

/**
 * Returns the index of the first message that has the id `id` or a newer id. This is a binary search, because a
 * channel's history is long.
 */
export function findIndexFrom(messages: readonly Message[], id: Snowflake): number {
  let low = 0;
  let high = messages.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareIds(messages[middle]?.id ?? '', id) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Returns the ids that a journal entry uses. */
export function entryIds(entry: Entry): Snowflake[] {
  if ('gone' in entry || entry.put === 'settings') return [];
  if (entry.put !== 'message') return [entry.value.id];
  return [entry.value.id, ...carriedFiles(entry.value).map(({ id }) => id)];
}
