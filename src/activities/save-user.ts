import { CancelledFailure, cancellationSignal } from '@temporalio/activity';
import { BoundedMap } from '../bounded-map.ts';
import { avatarKey, userDataKey, type Poster } from '../clip/clip.ts';
import { avatarUrl, parseUserData, shownBy, type UserData } from '../clip/user-data.ts';
import { RECORD_OPTIONS } from './compare-and-set-record.ts';
import type { Ports } from './ports.ts';

export interface SaveUserInput {
  /** The poster as the message shows them. */
  poster: Poster;
  /** When the message was posted, epoch milliseconds; absent if an older version scheduled the activity. */
  postedAtMs?: number;
  /** The user whose command a bot answered with the message. */
  postedBy?: Poster;
}

export type SaveUser = (input: SaveUserInput) => Promise<void>;

/** A worker remembers this many saved posters, so that a clip of a known poster costs no request. */
const MAX_REMEMBERED_POSTERS = 10_000;
/**
 * User data contain the time of the message that showed them (`As_Of`). If a newer message shows the same data, the
 * time is renewed only after this period. Renewing the time for each clip would take too many writes.
 */
const RENEW_AFTER_MS = 24 * 60 * 60 * 1000;

/** What a message shows of its poster, and when the message was posted. */
interface Sighting {
  shown: string;
  /** Epoch milliseconds; 0 if the time is unknown or does not matter. */
  atMs: number;
}

/**
 * Saves the poster of a clip and their avatar. Writes only changes. A backfill finds messages from before a user
 * changed their name, so data from an older message never replace data from a newer message.
 *
 * `isSaved` asks nobody. It is true if this worker has saved the poster, or found the same or newer data in the bucket.
 * `forgetSaved` makes this worker read the bucket again for a poster whose user data were deleted.
 */
export function createUserSaver({
  media,
  bucket,
  catalog,
  settings,
  forgotten,
}: Pick<Ports, 'media' | 'bucket' | 'catalog' | 'settings' | 'forgotten'>): {
  saveUser: SaveUser;
  isSaved: (input: SaveUserInput) => boolean;
  forgetSaved: (userDataId: string) => void;
} {
  /** What the newest message showed of each poster that this worker saved or found in the bucket. */
  const newest = new BoundedMap<string, Sighting>(MAX_REMEMBERED_POSTERS);
  /** Saves in progress. If many clips of one poster arrive at once, only one of them saves the poster. */
  const saving = new Map<string, Promise<void>>();

  return {
    async saveUser({ poster, postedAtMs, postedBy }) {
      if (await forgotten.isForgotten({ poster, ...(postedBy && { postedBy }) })) return;
      await saveOnce(poster, postedAtMs ?? 0);
      if (postedBy) await saveOnce(postedBy, postedAtMs ?? 0);
    },
    isSaved: ({ poster, postedAtMs = 0, postedBy }) =>
      isKnown(poster, postedAtMs) && (postedBy === undefined || isKnown(postedBy, postedAtMs)),
    forgetSaved: (userDataId) => void newest.delete(userDataId),
  };

  function see(poster: Poster, postedAtMs: number): { data: UserData; sighting: Sighting } {
    const data: UserData = {
      Id: poster.userDataId ?? poster.id,
      Name: poster.username,
      Display_Name: poster.displayName,
      Url: avatarUrl(poster, settings.cdnOrigin),
    };
    // Each name and avatar of a webhook has its own user data, so the user data of webhooks never become stale.
    const atMs = poster.userDataId === undefined ? postedAtMs : 0;
    return { data, sighting: { shown: shownBy(data), atMs } };
  }

  function isKnown(poster: Poster, postedAtMs: number): boolean {
    const { data, sighting } = see(poster, postedAtMs);
    const known = newest.get(data.Id);
    return known !== undefined && !isNews(sighting, known);
  }

  async function saveOnce(poster: Poster, postedAtMs: number): Promise<void> {
    if (isKnown(poster, postedAtMs)) return;
    const { data, sighting } = see(poster, postedAtMs);
    const dataId = data.Id;
    const key = `${dataId} ${sighting.shown}`;
    const inProgress = saving.get(key);
    if (inProgress && (await succeeded(inProgress))) return;
    const own = save(data, sighting)
      .then((saved) => {
        newest.set(dataId, saved);
      })
      .finally(() => saving.delete(key));
    saving.set(key, own);
    await own;
  }

  /** Writes the user data unless the bucket has newer user data. Returns what the bucket's user data now show. */
  async function save(data: UserData, sighting: Sighting): Promise<Sighting> {
    const key = userDataKey(data.Id);
    /** The URL of the avatar that this save copied last; null if it copied none. */
    let copiedUrl: string | null = null;
    // If another worker writes in the meantime, compare with its data and try again.
    for (;;) {
      const stored = await bucket.read(key);
      const before = stored && parseUserData(stored.body, Date.now());
      // The avatars of a poster share an object key, so this save may have replaced the avatar of the stored user data.
      const isReplaced = copiedUrl !== null && copiedUrl !== before?.Url;
      if (before) {
        const known = { shown: shownBy(before), atMs: (before.As_Of ?? 0) * 1000 };
        // If the stored user data have no avatar, try again to save the avatar. The CDN may have failed only for a
        // moment.
        if (!isNews(sighting, known, before.Icon === undefined ? 0 : RENEW_AFTER_MS)) {
          if (!isReplaced || before.Url === undefined) return known;
          if ((await saveAvatar(data.Id, before.Url)) === null) return known;
          copiedUrl = before.Url;
          continue;
        }
      }
      const hasAvatar = before?.Url === data.Url && !isReplaced;
      let icon = (hasAvatar && before.Icon) || null;
      if (icon === null) {
        icon = await saveAvatar(data.Id, data.Url);
        if (icon !== null) copiedUrl = data.Url;
      }
      const user: UserData = {
        ...data,
        ...(icon !== null && { Icon: icon }),
        ...(sighting.atMs > 0 && { As_Of: sighting.atMs / 1000 }),
      };
      const condition = stored ? { generation: stored.generation } : ('absent' as const);
      const options = { ...RECORD_OPTIONS, condition };
      const version = await bucket.write(key, JSON.stringify(user, null, 2), options);
      if (version === null) continue;
      catalog.tell({ kind: 'user', key, version, user });
      return sighting;
    }
  }

  /** Copies an avatar to the bucket. Returns the copy's object key, or null if the CDN has no such picture. */
  async function saveAvatar(dataId: string, url: string): Promise<string | null> {
    const picture = await media.avatar(url, { signal: cancellationSignal() });
    if (picture === null) return null;
    const key = avatarKey(dataId, picture.extension);
    await bucket.write(key, picture.bytes, { ...RECORD_OPTIONS, contentType: picture.contentType });
    return key;
  }
}

/**
 * True if the poster must be saved. This is the case if the message shows something else and is not older than the
 * known message. It is also the case if the message shows the same, but is newer by at least `renewAfterMs`.
 */
function isNews(
  { shown, atMs }: Sighting,
  known: Sighting,
  renewAfterMs = RENEW_AFTER_MS,
): boolean {
  return atMs >= known.atMs + (shown === known.shown ? renewAfterMs : 0);
}

/**
 * Waits for another save of the same poster. Returns false if that save was cancelled, so that the caller saves the
 * poster itself. Throws every other failure of that save.
 */
async function succeeded(other: Promise<void>): Promise<boolean> {
  try {
    await other;
    return true;
  } catch (error) {
    if (error instanceof CancelledFailure) return false;
    throw error;
  }
}
