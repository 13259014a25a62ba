/** Snowflakes carry their creation time: milliseconds since 2015 in the upper 42 of 64 bits. */
const DISCORD_EPOCH_MS = 1_420_070_400_000n;
/** The lower bits of a snowflake: worker, process and a counter. */
const BITS_BELOW_TIME = 22n;
const MAX_SNOWFLAKE = 2n ** 64n - 1n;

/** True for a Discord id in the form that JSON can carry: a string of 17 to 20 digits. */
export function isSnowflake(value: unknown): value is string {
  return typeof value === 'string' && /^\d{17,20}$/.test(value) && BigInt(value) <= MAX_SNOWFLAKE;
}

/** The time at which an id was created, epoch milliseconds. */
export function snowflakeTimeMs(id: string): number {
  return Number((BigInt(id) >> BITS_BELOW_TIME) + DISCORD_EPOCH_MS);
}

/** The smallest id of an epoch millisecond, to page a history from that time. */
export function snowflakeAt(timeMs: number): string {
  return ((BigInt(Math.floor(timeMs)) - DISCORD_EPOCH_MS) << BITS_BELOW_TIME).toString();
}

/** The id before this one, so that a page "after" it includes this one. */
export function idBefore(id: string): string {
  return (BigInt(id) - 1n).toString();
}

/** The id after this one, so that a page "before" it includes this one. */
export function idAfter(id: string): string {
  return (BigInt(id) + 1n).toString();
}

/** Orders ids by time. The strings differ in length, so text order would be wrong. */
export function compareSnowflakes(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
