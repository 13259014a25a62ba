import type { PlaceCursor } from '../../clip/places/place.ts';

/** Returns the cursor with which the listing of a guild begins. */
export function beginGuild(guildId: string): PlaceCursor {
  return {
    guildId,
    step: 'channels',
    parentId: null,
    list: 'public',
    before: null,
    startedAtMs: Date.now(),
  };
}
