import type { APIMessage } from 'discord-api-types/v10';

/** What a message showed after it was posted, or after an edit. */
export interface Version {
  /** In Discord's format. */
  readonly message: APIMessage;
  /** Since when the message showed this, epoch milliseconds. */
  readonly sinceMs: number;
  /** True if Discord told a listening ingest of this version with its content. */
  readonly isHeard: boolean;
}

/** A message, with everything that it has ever shown. */
export interface LedgerEntry {
  readonly messageId: string;
  readonly channelId: string;
  /** Oldest first. The first version is the message as it was posted. */
  readonly versions: Version[];
  isDeleted: boolean;
}

/**
 * Remembers what each message has shown. The emulator forgets deleted messages and old versions, but a clip whose
 * message was deleted keeps what it showed last.
 */
export class Ledger {
  readonly #entries = new Map<string, LedgerEntry>();

  add(message: APIMessage, isHeard: boolean): void {
    this.#entries.set(message.id, {
      messageId: message.id,
      channelId: message.channel_id,
      versions: [{ message, sinceMs: Date.now(), isHeard }],
      isDeleted: false,
    });
  }

  change(message: APIMessage, isHeard: boolean): void {
    this.#entries.get(message.id)!.versions.push({ message, sinceMs: Date.now(), isHeard });
  }

  remove(messageIds: readonly string[]): void {
    for (const id of messageIds) this.#entries.get(id)!.isDeleted = true;
  }

  removeChannel(channelId: string): void {
    for (const entry of this.#entries.values()) {
      if (entry.channelId === channelId) entry.isDeleted = true;
    }
  }

  /** All messages, oldest entry first. */
  get entries(): LedgerEntry[] {
    return [...this.#entries.values()];
  }

  get existing(): LedgerEntry[] {
    return this.entries.filter(({ isDeleted }) => !isDeleted);
  }
}

/** Returns what the message shows now. */
export function newestVersion({ versions }: LedgerEntry): APIMessage {
  return versions.at(-1)!.message;
}
