/** The first second of 2015, where Discord's ids begin to count (milliseconds since 1970). */
const DISCORD_EPOCH_MS = 1_420_070_400_000;
const SEQUENCE_BITS = 22n;

/** The moment that an id was made, in milliseconds since 1970. */
export function snowflakeTimeMs(id: string): number {
  return Number(BigInt(id) >> SEQUENCE_BITS) + DISCORD_EPOCH_MS;
}

/**
 * Orders ids by age without parsing them: of two numbers without leading zeros the longer is
 * larger.
 */
export function compareIds(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * Makes ids like Discord's: 42 bits of milliseconds, then 22 bits that tell ids of one millisecond
 * apart. Ids made for "now" ascend even when the clock steps back; no id is made twice, not even
 * for the past.
 */
export class SnowflakeSource {
  readonly #nextByMs = new Map<number, number>();
  #lastNowMs = 0;

  /** An id of now. */
  now(): string {
    this.#lastNowMs = Math.max(this.#lastNowMs, Date.now());
    return this.at(this.#lastNowMs);
  }

  /** An id of the given moment (milliseconds since 1970), for messages of the past. */
  at(timeMs: number): string {
    const sequence = this.#nextByMs.get(timeMs) ?? 0;
    this.#nextByMs.set(timeMs, sequence + 1);
    return String((BigInt(timeMs - DISCORD_EPOCH_MS) << SEQUENCE_BITS) | BigInt(sequence));
  }

  /** Marks an id read back from disk as taken. */
  take(id: string): void {
    const timeMs = snowflakeTimeMs(id);
    const sequence = Number(BigInt(id) & ((1n << SEQUENCE_BITS) - 1n));
    this.#nextByMs.set(timeMs, Math.max(this.#nextByMs.get(timeMs) ?? 0, sequence + 1));
    this.#lastNowMs = Math.max(this.#lastNowMs, Math.min(timeMs, Date.now()));
  }
}
