import { CancelledFailure, cancellationSignal } from '@temporalio/activity';
import { avatarKey, userDataKey, type Poster } from '../clip/clip.ts';
import { RECORD_OPTIONS } from './compare-and-set-record.ts';
import type { Ports } from './ports.ts';

/** A poster's user data in the bucket. */
export interface UserData {
  Id: string;
  Name: string;
  Display_Name: string;
  /** Discord's URL of the avatar. */
  Url: string;
  /** Object key of our copy of the avatar. */
  Icon?: string;
}

/** A worker remembers this many saved posters, so that a clip of a known poster costs no request. */
const MAX_REMEMBERED_POSTERS = 10_000;
/** Discord has six default avatars. */
const DEFAULT_AVATARS = 6n;

/** Saves the poster of a clip and their avatar. Writes only what changed. */
export const createSaveUser = ({
  media,
  bucket,
  settings,
}: Pick<Ports, 'media' | 'bucket' | 'settings'>) => {
  const savedById = new Map<string, string>();
  /** Saves in progress. If many clips of one poster arrive at once, only one of them saves the poster. */
  const saving = new Map<string, Promise<void>>();

  return async ({ poster }: { poster: Poster }): Promise<void> => {
    const wanted = JSON.stringify(poster);
    if (savedById.get(poster.id) === wanted) return;
    const inProgress = saving.get(wanted);
    if (inProgress && (await succeeded(inProgress))) return;
    const own = save(poster).finally(() => saving.delete(wanted));
    saving.set(wanted, own);
    await own;
    remember(poster.id, wanted);
  };

  /**
   * Remembers that a poster was saved. If too many posters are remembered, forgets the poster that was saved longest
   * ago.
   */
  function remember(posterId: string, saved: string): void {
    savedById.delete(posterId);
    savedById.set(posterId, saved);
    const [oldest] = savedById.keys();
    if (savedById.size > MAX_REMEMBERED_POSTERS && oldest !== undefined) savedById.delete(oldest);
  }

  async function save(poster: Poster): Promise<void> {
    const key = userDataKey(poster.id);
    const stored = await bucket.read(key);
    const data: UserData = {
      Id: poster.id,
      Name: poster.username,
      Display_Name: poster.displayName,
      Url: avatarUrl(poster, settings.cdnOrigin),
    };
    const before = stored ? parseUserData(stored.body) : null;
    if (before && isSameUser(before, data)) return;
    const icon =
      before?.Url === data.Url && before.Icon !== undefined
        ? before.Icon
        : await saveAvatar(poster.id, data.Url);
    if (icon !== null) data.Icon = icon;
    await bucket.write(key, JSON.stringify(data, null, 2), RECORD_OPTIONS);
  }

  async function saveAvatar(userId: string, url: string): Promise<string | null> {
    const picture = await media.avatar(url, { signal: cancellationSignal() });
    if (picture === null) return null;
    const key = avatarKey(userId, picture.extension);
    await bucket.write(key, picture.bytes, { ...RECORD_OPTIONS, contentType: picture.contentType });
    return key;
  }
};

/**
 * Returns the URL of a poster's avatar as a PNG. Discord also serves an animated avatar (`a_…`) as a still .png. If a
 * user has no avatar of their own, the timestamp bits of the user's id determine the default avatar. Source:
 * https://discord.com/developers/docs/reference#image-formatting
 */
function avatarUrl({ id, avatar }: Poster, cdnOrigin: string): string {
  return avatar === null
    ? `${cdnOrigin}/embed/avatars/${(BigInt(id) >> 22n) % DEFAULT_AVATARS}.png`
    : `${cdnOrigin}/avatars/${id}/${avatar}.png`;
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

function parseUserData(body: string): Partial<UserData> | null {
  try {
    return JSON.parse(body) as Partial<UserData> | null;
  } catch {
    return null;
  }
}

function isSameUser(before: Partial<UserData>, data: UserData): boolean {
  return (
    before.Name === data.Name &&
    before.Display_Name === data.Display_Name &&
    before.Url === data.Url
  );
}
