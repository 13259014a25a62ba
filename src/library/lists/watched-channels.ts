import { channelKey, parseChannelRecord } from '../../clip/channel-record.ts';
import { lineOf } from '../pages/format.ts';
import type { LibraryParts } from '../ports.ts';
import { watchedText } from '../words/list.ts';

/** More names would not fit into a sentence. */
const MAX_NAMES = 5;

/**
 * Returns the names of the channels that Everclip watches; nothing if it watches every channel. If a name is not known
 * yet, the only name is the number of channels. Never throws.
 */
export async function nameWatchedChannels({
  channelIds,
  bucket,
}: Pick<LibraryParts, 'channelIds' | 'bucket'>): Promise<string[]> {
  const ids = [...new Set(channelIds)];
  if (ids.length === 0) return [];
  if (ids.length > MAX_NAMES) return [watchedText(ids.length)];
  const names = await Promise.all(
    ids.map(async (id) => {
      const object = await bucket.read(channelKey(id)).catch(() => null);
      const channel = object === null ? null : parseChannelRecord(object.body);
      return channel === null ? null : `#${lineOf(channel.Name)}`;
    }),
  );
  const known = names.filter((name) => name !== null);
  return known.length === ids.length ? known : [watchedText(ids.length)];
}
