import type { ClipState } from '../../clip/state.ts';

const FIELDS = [
  'thumbnail',
  'posterImage',
  'thumbnailHash',
  'posterImageHash',
  'storyboard',
  'storyboardHash',
  'storyboardTimes',
  'pictureVersion',
] as const satisfies readonly (keyof ClipState)[];

type Pictures = Pick<ClipState, (typeof FIELDS)[number]>;

/** Returns the fields of the state that describe pictures, without those that are absent. */
export function picturesOf(state: Pictures): Pictures {
  const present = FIELDS.filter((name) => state[name] !== undefined);
  return Object.fromEntries(present.map((name) => [name, state[name]]));
}

/** Takes the pictures that a thumbnail activity made or a record names. A poster image that they lack is kept. */
export function takePictures(state: Pictures, pictures: Pictures): void {
  if (pictures.thumbnail !== undefined) {
    state.thumbnail = pictures.thumbnail;
    // A picture of an older worker has no hash, and the hash of the earlier picture would be wrong.
    delete state.thumbnailHash;
    if (pictures.thumbnailHash !== undefined) state.thumbnailHash = pictures.thumbnailHash;
  }
  takePosterImage(state, pictures);
}

/** Takes a storyboard that an activity made or a record names. A storyboard that they lack is kept. */
export function takeStoryboard(state: Pictures, pictures: Pictures): void {
  if (pictures.storyboard === undefined || pictures.storyboardTimes === undefined) return;
  state.storyboard = pictures.storyboard;
  state.storyboardTimes = pictures.storyboardTimes;
  delete state.storyboardHash;
  if (pictures.storyboardHash !== undefined) state.storyboardHash = pictures.storyboardHash;
}

/** Takes the pictures of the stored record of an earlier workflow that this workflow has not made itself. */
export function adoptPictures(state: Pictures, adopted: Pictures): void {
  if (state.thumbnail === undefined) {
    takePictures(state, adopted);
    if (adopted.pictureVersion !== undefined) state.pictureVersion = adopted.pictureVersion;
  } else if (state.posterImage === undefined) takePosterImage(state, adopted);
  if (state.storyboard === undefined) takeStoryboard(state, adopted);
}

function takePosterImage(state: Pictures, { posterImage, posterImageHash }: Pictures): void {
  if (posterImage === undefined) return;
  state.posterImage = posterImage;
  delete state.posterImageHash;
  if (posterImageHash !== undefined) state.posterImageHash = posterImageHash;
}
