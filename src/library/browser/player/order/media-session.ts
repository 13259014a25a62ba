import type { Player } from '../player.ts';

/** Tells the system what plays, for its lock screen and its media keys. */
export function describeToSystem(
  { clip }: Player,
  go: { next: () => void; previous: () => void },
): void {
  if (!('mediaSession' in navigator)) return;
  const { mediaSession } = navigator;
  mediaSession.metadata = new MediaMetadata({
    title: clip.title,
    artist: clip.posterName,
    artwork: clip.picture === '' ? [] : [{ src: clip.picture }],
  });
  mediaSession.setActionHandler('nexttrack', go.next);
  mediaSession.setActionHandler('previoustrack', go.previous);
}
