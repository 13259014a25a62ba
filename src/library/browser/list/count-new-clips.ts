/** Returns how many clips come before the clips that are shown. Both lists are newest first. */
export function countNewClips(fresh: readonly string[], shown: readonly string[]): number {
  const known = new Set(shown);
  const at = fresh.findIndex((id) => known.has(id));
  return at === -1 ? fresh.length : at;
}
