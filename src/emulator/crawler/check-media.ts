import { fetchLimited, Refused, type Fetching } from './fetch-limited.ts';
import {
  IMAGE_TYPES,
  MAX_IMAGE_BYTES,
  MAX_MEDIA_REDIRECTS,
  MAX_VIDEO_BYTES,
  PAGE_USER_AGENT,
  VIDEO_PROBE_BYTES,
  VIDEO_TYPES,
} from './limits.ts';
import type { TaggedMedia } from './read-tags.ts';

/** A picture or a video that the crawler fetched. Sizes are those of the tags; null if the tags have none. */
export interface ShownMedia {
  readonly url: string;
  readonly type: string;
  readonly width: number | null;
  readonly height: number | null;
  /** Null if the server did not say it. */
  readonly sizeBytes: number | null;
}

const COMMON = {
  headers: { 'user-agent': PAGE_USER_AGENT },
  maxRedirects: MAX_MEDIA_REDIRECTS,
  httpsOnly: true,
};

/**
 * Fetches the picture.
 * @throws Refused if a preview can't show it
 */
export async function checkImage(image: TaggedMedia, fetching: Fetching): Promise<ShownMedia> {
  const answer = await fetchLimited(
    image.address,
    { ...COMMON, maxBytes: MAX_IMAGE_BYTES },
    fetching,
  );
  if (answer.isCut) throw new Refused(`larger than ${MAX_IMAGE_BYTES} bytes`);
  if (answer.body.length === 0) throw new Refused('empty');
  if (!IMAGE_TYPES.includes(answer.type)) {
    throw new Refused(`the type is ${answer.type || 'missing'}`);
  }
  requireSameType(image.type, answer.type);
  return shown(image, answer.type, answer.body.length);
}

/**
 * Asks for the video's type and size, then fetches its beginning. The real crawler has also been seen to fetch a whole
 * video without a range: https://github.com/ShaneIsrael/fireshare/issues/610
 * @throws Refused if a preview can't play it
 */
export async function checkVideo(video: TaggedMedia, fetching: Fetching): Promise<ShownMedia> {
  const ending = /\.(\w+)(?:[?#]|$)/.exec(video.address.split('/').pop() ?? '')?.[1] ?? '';
  const expected = VIDEO_TYPES[ending.toLowerCase()];
  if (expected === undefined)
    throw new Refused(`the ending ${ending || 'is missing'} is not a video’s`);
  const head = await fetchLimited(
    video.address,
    { ...COMMON, method: 'HEAD', maxBytes: 0 },
    fetching,
  );
  if (!Object.values(VIDEO_TYPES).includes(head.type)) {
    throw new Refused(`the type is ${head.type || 'missing'}`);
  }
  requireSameType(video.type, head.type);
  const sizeBytes = numberOf(head.headers.get('content-length'));
  if (sizeBytes !== null && sizeBytes > MAX_VIDEO_BYTES) {
    throw new Refused(`larger than ${MAX_VIDEO_BYTES} bytes`);
  }
  const headers = { ...COMMON.headers, range: `bytes=0-${VIDEO_PROBE_BYTES - 1}` };
  const probe = { ...COMMON, headers, maxBytes: VIDEO_PROBE_BYTES };
  const answer = await fetchLimited(video.address, probe, fetching);
  if (answer.body.length === 0) throw new Refused('empty');
  requireSameType(head.type, answer.type);
  return shown(video, head.type, sizeBytes);
}

function requireSameType(tagged: string | null, served: string): void {
  if (tagged !== null && tagged.toLowerCase() !== served) {
    throw new Refused(`the type is ${served}, but the tag says ${tagged}`);
  }
}

function shown(
  { address, width, height }: TaggedMedia,
  type: string,
  sizeBytes: number | null,
): ShownMedia {
  return { url: address, type, width, height, sizeBytes };
}

function numberOf(text: string | null): number | null {
  return text !== null && /^\d+$/.test(text) ? Number(text) : null;
}
