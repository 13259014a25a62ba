import { checkImage, checkVideo, type ShownMedia } from './check-media.ts';
import { fetchLimited, Refused, type Fetching } from './fetch-limited.ts';
import * as limits from './limits.ts';
import { parseHead } from './parse-head.ts';
import { readTags, type PageTags, type TaggedMedia } from './read-tags.ts';

/** What Discord would show below a message that contains a link. */
export interface Preview {
  /** `video` plays, `image` has a large picture, `text` at most a small one. `none` means no preview. */
  readonly kind: 'video' | 'image' | 'text' | 'none';
  readonly title: string;
  readonly description: string;
  /** The name of the website. */
  readonly provider: string;
  /** Empty unless oEmbed names an author. */
  readonly author: string;
  readonly color: string | null;
  readonly video: ShownMedia | null;
  readonly image: ShownMedia | null;
  /** Everything that made the preview worse than the tags promise. */
  readonly faults: readonly string[];
}

export interface UnfurlOptions {
  /** Maps https origins to local servers, such as `{ 'https://clips.example': 'http://127.0.0.1:8240' }`. */
  readonly servers?: Fetching['servers'];
  /** For everything together; Discord's ten seconds by default. */
  readonly maxTotalMs?: number;
}

const NO_PREVIEW = {
  kind: 'none',
  title: '',
  description: '',
  provider: '',
  author: '',
  color: null,
  video: null,
  image: null,
} as const;

/**
 * Makes the preview of a link as Discord's crawler does. `limits.ts` names the source of each rule. Whether the real
 * crawler follows a redirect to Discord's own CDN is unknown; this crawler does. Never throws.
 */
export async function unfurl(
  address: string,
  { servers = {}, maxTotalMs = limits.MAX_TOTAL_MS }: UnfurlOptions = {},
): Promise<Preview> {
  const signal = AbortSignal.timeout(maxTotalMs);
  const faults: string[] = [];
  try {
    return await crawl(address, { signal, servers }, faults);
  } catch (error) {
    const fault = signal.aborted ? `timed out after ${maxTotalMs} ms` : `page: ${reasonOf(error)}`;
    return { ...NO_PREVIEW, faults: [...faults, fault] };
  }
}

async function crawl(address: string, fetching: Fetching, faults: string[]): Promise<Preview> {
  const tags = readTags(await fetchHead(address, fetching, faults));
  const broken = findBrokenLimit(tags);
  if (broken !== null) return { ...NO_PREVIEW, faults: [...faults, broken] };
  /** Runs a part of the preview that may be missing. */
  const attempt = async <T>(part: string, work: Promise<T>): Promise<T | null> => {
    try {
      return await work;
    } catch (error) {
      if (fetching.signal.aborted) throw error;
      faults.push(`${part}: ${reasonOf(error)}`);
      return null;
    }
  };
  const oembed =
    tags.oembed === null ? null : await attempt('oEmbed', fetchOembed(tags.oembed, fetching));
  const image = tags.image && (await attempt('image', checkImage(tags.image, fetching)));
  const wanted = tags.layout === 'video' ? tags.video : null;
  if (wanted !== null && image === null) faults.push('video: there is no image');
  const video = image && wanted && (await attempt('video', checkVideo(wanted, fetching)));
  const title = cut(tags.title || (oembed?.title ?? ''), limits.MAX_TITLE_BYTES);
  if (title === '' && tags.description === '' && image === null) {
    return { ...NO_PREVIEW, faults: [...faults, 'there is no title, description or image'] };
  }
  return {
    kind: kindOf(tags, image, video),
    title,
    description: cut(tags.description, limits.MAX_DESCRIPTION_BYTES),
    provider: oembed?.provider || tags.siteName,
    author: oembed?.author ?? '',
    color: tags.color,
    video,
    image,
    faults,
  };
}

async function fetchHead(address: string, fetching: Fetching, faults: string[]) {
  const page = await fetchLimited(
    address,
    {
      headers: { 'user-agent': limits.PAGE_USER_AGENT },
      maxBytes: limits.MAX_PAGE_BYTES,
      maxRedirects: limits.MAX_PAGE_REDIRECTS,
      httpsOnly: false,
    },
    fetching,
  );
  if (!limits.PAGE_TYPES.includes(page.type))
    throw new Refused(`the type is ${page.type || 'missing'}`);
  if (/^\s*attachment/i.test(page.headers.get('content-disposition') ?? '')) {
    throw new Refused('the page is a download');
  }
  const { tags, isComplete } = parseHead(new TextDecoder().decode(page.body));
  if (page.isCut && !isComplete) {
    faults.push(`page: the head does not end within ${limits.MAX_PAGE_BYTES} bytes`);
  }
  return tags;
}

async function fetchOembed(address: string, fetching: Fetching) {
  const answer = await fetchLimited(
    address,
    {
      headers: { 'user-agent': limits.JSON_USER_AGENT },
      maxBytes: limits.MAX_OEMBED_BYTES,
      maxRedirects: limits.MAX_PAGE_REDIRECTS,
      httpsOnly: true,
    },
    fetching,
  );
  const json = parseJson(new TextDecoder().decode(answer.body));
  const fields = typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : {};
  const text = (key: string) => (typeof fields[key] === 'string' ? fields[key] : '');
  return {
    title: text('title'),
    author: text('author_name'),
    provider: text('provider_name'),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refused('the answer is not JSON');
  }
}

/** Returns why there is no preview at all, or null. */
function findBrokenLimit({ siteName, alt, image, video, oembed }: PageTags): string | null {
  if (siteName.length > limits.MAX_SITE_NAME_CHARACTERS) return 'the site name is too long';
  if (alt.length > limits.MAX_ALT_CHARACTERS) return 'the text of the image is too long';
  const addresses = [addressOf(image), addressOf(video), oembed ?? ''];
  const isTooLong = addresses.some(({ length }) => length > limits.MAX_ADDRESS_CHARACTERS);
  return isTooLong ? 'an address is too long' : null;
}

function addressOf(media: TaggedMedia | null): string {
  return media?.address ?? '';
}

function kindOf(tags: PageTags, image: ShownMedia | null, video: ShownMedia | null) {
  if (video !== null) return 'video';
  const isLarge = tags.layout === 'large image' || tags.layout === 'image only';
  return image !== null && isLarge ? 'image' : 'text';
}

/** Cuts a text to a number of bytes in UTF-8, between two code points. */
function cut(text: string, maxBytes: number): string {
  let kept = '';
  for (const character of text) {
    if (Buffer.byteLength(kept + character) > maxBytes) break;
    kept += character;
  }
  return kept;
}

function reasonOf(error: unknown): string {
  return error instanceof Refused ? error.message : `no answer (${String(error)})`;
}
