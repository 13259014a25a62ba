/**
 * The start of the year 2015, as a Unix time in milliseconds. Discord's ids count the time from this moment.
 * https://docs.discord.com/developers/reference#snowflakes
 */
const DISCORD_EPOCH_MS = 1_420_070_400_000;
const SEQUENCE_BITS = 22n;

/** Returns when an id was created, in milliseconds since 1970. */
export function snowflakeTimeMs(id: string): number {
  return Number(BigInt(id) >> SEQUENCE_BITS) + DISCORD_EPOCH_MS;
}

/**
 * Compares two ids by age, for `sort`. The ids are compared as text, because parsing takes time. A longer id is a
 * larger number, because ids have no leading zeros.
 */
export function compareIds(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * Generates ids in Discord's format. An id has 42 bits of milliseconds, then 22 bits that distinguish ids of the same
 * millisecond. Each id is unique. Ids from `now` ascend even if the clock steps back.
 */
export class SnowflakeSource {
  readonly #nextByMs = new Map<number, number>();
  #lastNowMs = 0;

  /** Generates an id for the current time. */
  now(): string {
    this.#lastNowMs = Math.max(this.#lastNowMs, Date.now());
    return this.at(this.#lastNowMs);
  }

  /** Generates an id for any time in milliseconds since 1970, such as the time of an old message. */
  at(timeMs: number): string {
    const sequence = this.#nextByMs.get(timeMs) ?? 0;
    this.#nextByMs.set(timeMs, sequence + 1);
    return String((BigInt(timeMs - DISCORD_EPOCH_MS) << SEQUENCE_BITS) | BigInt(sequence));
  }

  /** Marks an id from the journal as used. */
  markUsed(id: string): void {
    const timeMs = snowflakeTimeMs(id);
    const sequence = Number(BigInt(id) & ((1n << SEQUENCE_BITS) - 1n));
    this.#nextByMs.set(timeMs, Math.max(this.#nextByMs.get(timeMs) ?? 0, sequence + 1));
    this.#lastNowMs = Math.max(this.#lastNowMs, Math.min(timeMs, Date.now()));
  }
}
