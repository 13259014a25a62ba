import * as v from 'valibot';
import type { ClipRecord } from '../record.ts';
import {
  check,
  objectOf,
  optionalOf,
  quantitySchema,
  switchSchema,
  textSchema,
} from '../schemas/basics.ts';
import type { AdoptedState, MediaFacts } from '../state.ts';
import { defined } from '../values.ts';

/**
 * A text from a stored record is used only if the text is short. A very long text would not fit into Temporal's
 * history.
 */
const shortText = (maxLength: number) =>
  v.pipe(v.string('is not a text'), v.maxLength(maxLength, 'is too long'));
const MAX_NAME_LENGTH = 60;
const MAX_MESSAGE_LENGTH = 2000;

/** A storyboard has ten cells. */
const MAX_STORYBOARD_TIMES = 10;

const pictureHashSchema = v.pipe(textSchema, v.regex(/^[0-9a-f]{16}$/));

const adoptedSchema = objectOf({
  Size: optionalOf(quantitySchema),
  Runtime: optionalOf(quantitySchema),
  Width: optionalOf(quantitySchema),
  Height: optionalOf(quantitySchema),
  Codec: optionalOf(shortText(MAX_NAME_LENGTH)),
  Frame_Rate: optionalOf(quantitySchema),
  Bit_Rate: optionalOf(quantitySchema),
  Has_Audio: optionalOf(switchSchema),
  Created_At: optionalOf(quantitySchema),
  Thumbnail: optionalOf(v.pipe(textSchema, v.regex(/^thumb\/\d+-\d+\.(webp|png|jpg)$/))),
  Poster_Image: optionalOf(v.pipe(textSchema, v.regex(/^poster\/\d+-\d+\.jpg$/))),
  Thumbnail_Hash: optionalOf(pictureHashSchema),
  Poster_Image_Hash: optionalOf(pictureHashSchema),
  Storyboard: optionalOf(v.pipe(textSchema, v.regex(/^storyboard\/\d+-\d+\.webp$/))),
  Storyboard_Hash: optionalOf(pictureHashSchema),
  Storyboard_Times: optionalOf(v.pipe(v.array(quantitySchema), v.maxLength(MAX_STORYBOARD_TIMES))),
  Picture_Version: optionalOf(v.pipe(quantitySchema, v.integer())),
  Thumbnail_Error: optionalOf(
    objectOf({ type: shortText(MAX_NAME_LENGTH), message: shortText(MAX_MESSAGE_LENGTH) }),
  ),
});

/**
 * Returns the parts of a stored record that would otherwise have to be computed again. Fields that Everclip cannot have
 * written are left out, because anybody with access to the bucket can write a record.
 */
export function adoptedFrom(record: ClipRecord): AdoptedState {
  const stored = check(adoptedSchema, record).value;
  // A storyboard without times is of no use.
  const hasStoryboard = stored?.Storyboard !== undefined && stored.Storyboard_Times !== undefined;
  return defined<AdoptedState>({
    revision: record.Revision,
    facts: defined<MediaFacts>({
      durationSeconds: stored?.Runtime,
      width: stored?.Width,
      height: stored?.Height,
      codec: stored?.Codec,
      frameRate: stored?.Frame_Rate,
      bitRate: stored?.Bit_Rate,
      hasAudio: stored?.Has_Audio,
      createdAt: stored?.Created_At,
      sizeBytes: stored?.Size,
    }),
    thumbnail: stored?.Thumbnail,
    posterImage: stored?.Poster_Image,
    thumbnailHash: stored?.Thumbnail_Hash,
    posterImageHash: stored?.Poster_Image_Hash,
    storyboard: hasStoryboard ? stored.Storyboard : undefined,
    storyboardHash: hasStoryboard ? stored.Storyboard_Hash : undefined,
    storyboardTimes: hasStoryboard ? stored.Storyboard_Times : undefined,
    pictureVersion: stored?.Picture_Version,
    thumbnailError: stored?.Thumbnail_Error,
  });
}
