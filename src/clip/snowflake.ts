/** Discord's ids carry their time: milliseconds since 2015 in the upper 42 of 64 bits. */
const DISCORD_EPOCH_MS = 1_420_070_400_000n;

/** Ids are numbers of 64 bits. */
const LARGEST = 2n ** 64n - 1n;

/** True for a Discord id as JSON must carry it: a string of 17 to 20 digits. */
export const isSnowflake = (value: unknown): value is string =>
  typeof value === 'string' && /^\d{17,20}$/.test(value) && BigInt(value) <= LARGEST;

/** When an id was made, in epoch milliseconds. */
export const snowflakeTimeMs = (id: string): number =>
  Number((BigInt(id) >> 22n) + DISCORD_EPOCH_MS);

/** The smallest id of a moment in epoch milliseconds: a place in the history to page from. */
export const snowflakeAt = (timeMs: number): string =>
  ((BigInt(Math.floor(timeMs)) - DISCORD_EPOCH_MS) << 22n).toString();

/** The id just before this one: a place to page from that leaves this one in. */
export const idBefore = (id: string): string => (BigInt(id) - 1n).toString();

/** Orders ids by time; they are strings of differing length, so text order would be wrong. */
export function compareSnowflakes(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}
