/**
 * What happens to a clip when its message is deleted (the setting ON_DELETE):
 *
 * - `keep`: the record stays, and says that and when the clip was deleted
 * - `strip`: only ids and times stay
 * - `purge`: only a tombstone stays
 */
export const ON_DELETE_MODES = ['keep', 'strip', 'purge'] as const;

export type OnDelete = (typeof ON_DELETE_MODES)[number];
