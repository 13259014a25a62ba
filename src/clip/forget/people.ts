import { sha256 } from '../message/sha256.ts';
import type { Poster } from '../clip.ts';
import type { ClipRecord } from '../record.ts';

/** Object key of the note that a person is forgotten. */
export function forgottenKey(userId: string): string {
  return `${FORGOTTEN_PREFIX}${userId}.json`;
}

export const FORGOTTEN_PREFIX = 'forgotten/';

/** Returns the user id of a note, or null if the object is not a note. */
export function forgottenUserId(key: string): string | null {
  return /^forgotten\/(\d{1,20})\.json$/.exec(key)?.[1] ?? null;
}

/** The people who posted a clip. */
export interface PostersOfClip {
  poster: Pick<Poster, 'id' | 'userDataId'>;
  postedBy?: Pick<Poster, 'id'>;
}

/** Returns the ids of the people who posted a clip: its poster, and the user whose command a bot answered. */
export function postersOfClip({ poster, postedBy }: PostersOfClip): string[] {
  return postedBy ? [poster.id, postedBy.id] : [poster.id];
}

/** The same for a record. Fields are checked, because anybody with access to the bucket can write a record. */
export function postersOfRecord({
  Poster_Id,
  Posted_By_Id,
}: Partial<Pick<ClipRecord, 'Poster_Id' | 'Posted_By_Id'>>): string[] {
  return [Poster_Id, Posted_By_Id].filter(isId);
}

/** Returns the ids of the people who posted the clip of a record that is not JSON, because it was cut off or mangled. */
export function postersInText(body: string): string[] {
  const named = body.matchAll(/"(?:Poster_Id|Posted_By_Id)"\s{0,9}:\s{0,9}"(\d{1,20})"/g);
  return [...named].map(([, id]) => id).filter(isId);
}

/** Returns the ids of the user data to which a record refers. */
export function userDataIdsOf(
  record: Partial<Pick<ClipRecord, 'User_Data' | 'Poster_Id' | 'Posted_By_Id'>>,
): string[] {
  const { User_Data, Poster_Id, Posted_By_Id } = record;
  const ofWebhook = typeof User_Data === 'string' ? userDataIdOfKey(User_Data) : null;
  return [ofWebhook ?? Poster_Id, Posted_By_Id].filter(isId);
}

/** Returns the id of the user data or the avatar with this key, or null for another object. */
export function userDataIdOfKey(key: string): string | null {
  return /^userData\/(\d{1,20}(?:-[0-9a-f]{1,64})?)\.\w{1,5}$/.exec(key)?.[1] ?? null;
}

/**
 * Returns a hash that stands for the id of user data. The histories of the workflows that forget contain these hashes
 * instead of ids.
 */
export function hashOfId(id: string): string {
  return sha256(id).slice(0, HASH_DIGITS);
}

/** Returns hashes of the ids of the user data to which a clip's record refers. */
export function hashesOfPeople({ poster, postedBy }: PostersOfClip): string[] {
  const ids = [poster.userDataId ?? poster.id, ...(postedBy ? [postedBy.id] : [])];
  return ids.map(hashOfId);
}

/** 128 bits: two ids never share a hash. */
const HASH_DIGITS = 32;

function isId(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
