/** Snowflakes contain their creation time. The upper 42 bits of a snowflake's 64 bits are milliseconds since 2015. */
const DISCORD_EPOCH_MS = 1_420_070_400_000n;
/** The lower bits of a snowflake contain the worker, the process and a counter. */
const BITS_BELOW_TIME = 22n;
const MAX_SNOWFLAKE = 2n ** 64n - 1n;

/**
 * True for a Discord id that is written as a string of 17 to 20 digits. Ids are not numbers, because JSON.parse would
 * round numbers of this size.
 */
export function isSnowflake(value: unknown): value is string {
  return typeof value === 'string' && /^\d{17,20}$/.test(value) && BigInt(value) <= MAX_SNOWFLAKE;
}

/** The time at which an id was created, epoch milliseconds. */
export function snowflakeTimeMs(id: string): number {
  return Number((BigInt(id) >> BITS_BELOW_TIME) + DISCORD_EPOCH_MS);
}

/**
 * Returns the smallest id that can be created at this time (epoch milliseconds). Reading a channel's history page by
 * page can start at this id.
 */
export function snowflakeAt(timeMs: number): string {
  return ((BigInt(Math.floor(timeMs)) - DISCORD_EPOCH_MS) << BITS_BELOW_TIME).toString();
}

/** Returns `id` minus 1. A page of messages after the returned id includes the message `id`. */
export function idBefore(id: string): string {
  return (BigInt(id) - 1n).toString();
}

/** Returns `id` plus 1. A page of messages before the returned id includes the message `id`. */
export function idAfter(id: string): string {
  return (BigInt(id) + 1n).toString();
}

/** Compares ids by time. Comparing the ids as text would be wrong, because ids can have different lengths. */
export function compareSnowflakes(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
