import type { CatalogStoryboard } from '../catalog.ts';
import { pictureOf, timesOf } from './fields.ts';

const STORYBOARD_KEY = /^storyboard\/\d{1,20}-\d{1,20}\.webp$/;
/** A storyboard has ten cells. */
const MAX_TIMES = 10;

/** Returns null without a storyboard, and also if its times are invalid, because nobody could use its frames. */
export function storyboardOf(fields: Readonly<Record<string, unknown>>): CatalogStoryboard | null {
  const picture = pictureOf(fields.Storyboard, fields.Storyboard_Hash, STORYBOARD_KEY);
  const times = timesOf(fields.Storyboard_Times, MAX_TIMES);
  return picture === null || times === null ? null : { ...picture, times };
}
