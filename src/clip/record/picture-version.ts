/**
 * The versions of a clip's pictures. A clip whose pictures have a lower version than its worker wants gets new pictures
 * after its next refresh. Pictures without a version are older than these.
 */
export const PICTURE_VERSIONS = {
  /** A thumbnail of at most 640 × 640 pixels. */
  thumbnail: 1,
  /** The same, and a storyboard if the clip can have one. */
  storyboard: 2,
} as const;

/** Returns the version that a clip's pictures should have. */
export function wantedPictureVersion({ storyboards }: { storyboards: boolean }): number {
  return storyboards ? PICTURE_VERSIONS.storyboard : PICTURE_VERSIONS.thumbnail;
}

/**
 * Returns the version that a clip's pictures should have, if they are older. The history stores every result of a fetch,
 * so a result names the version only then.
 */
export function newerPictureVersion(
  { pictureVersion = 0 }: { pictureVersion?: number },
  settings: { storyboards: boolean },
): { pictureVersion?: number } {
  const wanted = wantedPictureVersion(settings);
  return wanted > pictureVersion ? { pictureVersion: wanted } : {};
}
