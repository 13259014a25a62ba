import type { Snowflake } from 'discord-api-types/v10';

import type { Channel, Entry, Guild, Message, Settings, StoredFile, User } from './model.ts';
import { compareIds } from './snowflake.ts';

/** Everything that is, in memory: what the journal's entries add up to. */
export class State {
  settings: Settings | undefined;
  readonly users = new Map<Snowflake, User>();
  readonly guilds = new Map<Snowflake, Guild>();
  readonly channels = new Map<Snowflake, Channel>();
  readonly #messages = new Map<Snowflake, Message[]>();
  /**
   * How many messages (forwards included) carry an attachment: the last one gone takes the bytes
   * along.
   */
  readonly #files = new Map<Snowflake, { readonly file: StoredFile; readonly uses: number }>();

  apply(entry: Entry): void {
    if ('gone' in entry) {
      if (entry.gone === 'message') this.#removeMessage(entry.channelId, entry.id);
      else this.#removeChannel(entry.id);
      return;
    }
    if (entry.put === 'settings') this.settings = entry.value;
    else if (entry.put === 'user') this.users.set(entry.value.id, entry.value);
    else if (entry.put === 'guild') this.guilds.set(entry.value.id, entry.value);
    else if (entry.put === 'channel') this.channels.set(entry.value.id, entry.value);
    else this.#putMessage(entry.value);
  }

  /** A channel's messages, oldest first. */
  messages(channelId: Snowflake): readonly Message[] {
    return this.#messages.get(channelId) ?? [];
  }

  message(channelId: Snowflake, id: Snowflake): Message | undefined {
    const messages = this.messages(channelId);
    const found = messages[lowerBound(messages, id)];
    return found?.id === id ? found : undefined;
  }

  /** An attachment by its id, as long as any message carries it. */
  file(id: Snowflake): StoredFile | undefined {
    return this.#files.get(id)?.file;
  }

  #putMessage(message: Message): void {
    let messages = this.#messages.get(message.channelId);
    if (messages === undefined) this.#messages.set(message.channelId, (messages = []));
    const index = lowerBound(messages, message.id);
    const replaced = messages[index]?.id === message.id ? messages[index] : undefined;
    messages.splice(index, replaced === undefined ? 0 : 1, message);
    this.#countFiles(message, 1);
    if (replaced !== undefined) this.#countFiles(replaced, -1);
  }

  #removeMessage(channelId: Snowflake, id: Snowflake): void {
    const message = this.message(channelId, id);
    if (message === undefined) return;
    const messages = this.#messages.get(channelId) ?? [];
    messages.splice(lowerBound(messages, id), 1);
    this.#countFiles(message, -1);
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

/** The attachments that a message shows: its own and those of the message that it forwards. */
export function carriedFiles(message: Message): readonly StoredFile[] {
  return [...message.files, ...(message.forward?.files ?? [])];
}

/** The index of the first message whose id is `id` or newer; history is long, so by halves. */
export function lowerBound(messages: readonly Message[], id: Snowflake): number {
  let low = 0;
  let high = messages.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareIds(messages[middle]?.id ?? '', id) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The ids that an entry of the journal uses up. */
export function entryIds(entry: Entry): Snowflake[] {
  if ('gone' in entry || entry.put === 'settings') return [];
  if (entry.put !== 'message') return [entry.value.id];
  return [entry.value.id, ...carriedFiles(entry.value).map(({ id }) => id)];
}
