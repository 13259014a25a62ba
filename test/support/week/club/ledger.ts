import type { APIMessage } from 'discord-api-types/v10';

/** A message, with everything that it has ever shown. */
export interface LedgerEntry {
  readonly messageId: string;
  readonly channelId: string;
  /** What the message showed after it was posted and after each edit, in Discord's format. */
  readonly versions: APIMessage[];
  /** True if the channel delivered the message and everything before it to a listening ingest. */
  readonly isHeard: boolean;
  /** When the message was last changed, epoch milliseconds. */
  changedAtMs: number;
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
      versions: [message],
      isHeard,
      changedAtMs: Date.now(),
      isDeleted: false,
    });
  }

  change(message: APIMessage): void {
    const entry = this.#entries.get(message.id)!;
    entry.versions.push(message);
    entry.changedAtMs = Date.now();
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
  return versions.at(-1)!;
}
