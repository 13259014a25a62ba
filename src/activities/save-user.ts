import { CancelledFailure, cancellationSignal } from '@temporalio/activity';
import { avatarKey, userDataKey, type Poster } from '../clip/clip.ts';
import type { Ports } from './ports.ts';
import { RECORD_OPTIONS } from './compare-and-set-record.ts';

/** A poster's data in the bucket. */
export interface UserData {
  Id: string;
  Name: string;
  Display_Name: string;
  /** Where Discord serves the avatar. */
  Url: string;
  /** Object key of our copy of it. */
  Icon?: string;
}

/** Posters remembered by a worker as saved, so that a clip of a known poster costs no request. */
const MOST_REMEMBERED = 10_000;

/** Saves who posted a clip, and their avatar; writes only what changed. */
export const createSaveUser = ({
  media,
  bucket,
  settings,
}: Pick<Ports, 'media' | 'bucket' | 'settings'>) => {
  const saved = new Map<string, string>();
  /** Where many clips of one poster come at once, one of them does the work. */
  const saving = new Map<string, Promise<void>>();
  return async ({ poster }: { poster: Poster }): Promise<void> => {
    const wanted = JSON.stringify(poster);
    if (saved.get(poster.id) === wanted) return;
    const underWay = saving.get(wanted);
    if (underWay && (await succeeded(underWay))) return;
    const own = save(poster).finally(() => saving.delete(wanted));
    saving.set(wanted, own);
    await own;
    saved.delete(poster.id);
    saved.set(poster.id, wanted);
    const [oldest] = saved.keys();
    if (saved.size > MOST_REMEMBERED && oldest !== undefined) saved.delete(oldest);
  };

  async function save(poster: Poster): Promise<void> {
    const key = userDataKey(poster.id);
    const stored = await bucket.read(key);
    const data: UserData = {
      Id: poster.id,
      Name: poster.username,
      Display_Name: poster.displayName,
      Url: avatarUrl(poster, settings.cdnOrigin),
    };
    const before = stored ? parse(stored.body) : null;
    if (before && same(before, data)) return;
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
 * Discord's image addresses: an animated avatar (`a_…`) is served as a still .png too, and who has
 * none gets one of six by the bits of their id that are its time.
 */
function avatarUrl({ id, avatar }: Poster, cdnOrigin: string): string {
  return avatar === null
    ? `${cdnOrigin}/embed/avatars/${(BigInt(id) >> 22n) % 6n}.png`
    : `${cdnOrigin}/avatars/${id}/${avatar}.png`;
}

/** False where the other one was cancelled, which is no failure of ours; its other failures are. */
async function succeeded(other: Promise<void>): Promise<boolean> {
  try {
    await other;
    return true;
  } catch (error) {
    if (error instanceof CancelledFailure) return false;
    throw error;
  }
}

function parse(body: string): Partial<UserData> | null {
  try {
    return JSON.parse(body) as Partial<UserData> | null;
  } catch {
    return null;
  }
}

const same = (before: Partial<UserData>, data: UserData): boolean =>
  before.Name === data.Name && before.Display_Name === data.Display_Name && before.Url === data.Url;
