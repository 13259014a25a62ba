import type { Hono } from 'hono';
import type { CatalogClip } from '../../src/catalog/catalog.ts';
import type { LibrarySettings } from '../../src/config/settings.ts';
import { createLibrary } from '../../src/library/create-library.tsx';
import type {
  ClipAnswer,
  FreshLinkAnswer,
  LibraryParts,
  LinkSource,
  ReadableBucket,
  ReadableCatalog,
} from '../../src/library/ports.ts';
import { noMetrics } from '../../src/metrics.ts';
import { createFakeCatalog, type FakeCatalog } from './fakes/library-catalog.ts';

export const CDN = 'https://cdn.example.org';
export const MINUTE_MS = 60_000;
export const START_MS = Date.UTC(2025, 4, 1, 12);
export const CHANNEL_ID = '200000000000000001';

/** The `at`-th clip id. */
export function clipIdAt(at: number): string {
  return `${100_000_000_000_000_000n + BigInt(at)}-${300_000_000_000_000_000n + BigInt(at)}`;
}

export const CLIP_ID = clipIdAt(1);

/** Returns a signed link, as Discord makes them. */
export function linkOf(
  name: string,
  expiresAtMs: number,
  issuedAtMs = expiresAtMs - 864e5,
): string {
  const hex = (ms: number) => Math.floor(ms / 1000).toString(16);
  return `${CDN}/attachments/1/2/${name}.mp4?ex=${hex(expiresAtMs)}&is=${hex(issuedAtMs)}&hm=5ec5e7`;
}

/** Returns a public, live clip whose link is valid for an hour of its day. */
export function aClip(changes: Partial<CatalogClip> = {}): CatalogClip {
  const expiresAtMs = START_MS + 60 * MINUTE_MS;
  const id = changes.id ?? CLIP_ID;
  return {
    id,
    channelId: CHANNEL_ID,
    guildId: '400000000000000001',
    status: 'live',
    url: linkOf('stored', expiresAtMs),
    expiresAtMs,
    issuedAtMs: expiresAtMs - 864e5,
    extension: 'mp4',
    isPublic: true,
    messageId: id.split('-')[0]!,
    title: 'Ace on Dust',
    description: 'what a round',
    filename: 'ace',
    postedAtMs: Date.UTC(2024, 9, 14, 6, 44),
    messageLink: `https://discord.com/channels/400000000000000001/${CHANNEL_ID}/1`,
    contentType: 'video/mp4',
    sizeBytes: 12_000_000,
    durationSeconds: 27,
    width: 1920,
    height: 1080,
    codec: 'h264',
    frameRate: 60,
    hasAudio: true,
    placeholder: null,
    thumbnail: { key: `thumb/${id}.webp`, version: '00112233aabbccdd' },
    posterImage: { key: `poster/${id}.jpg`, version: '44556677aabbccdd' },
    storyboard: null,
    deletedAtMs: null,
    recordedAtMs: null,
    altText: null,
    isSpoiler: false,
    isNsfw: false,
    game: null,
    players: [],
    poster: {
      id: '500000000000000001',
      username: 'soho',
      displayName: 'Soho',
      avatar: { key: 'userData/500000000000000001.png', version: 'ab12' },
    },
    channel: {
      id: CHANNEL_ID,
      name: 'clips',
      guildName: 'Ragtag',
      parentId: null,
      parentName: null,
    },
    ...changes,
  };
}

/** A bucket in memory with the reads that it served. */
export interface FakeObjects extends ReadableBucket {
  objects: Map<string, string | Uint8Array>;
  reads: string[];
  lists: string[];
  fault: Error | null;
}

export function createFakeObjects(): FakeObjects {
  const bucket: FakeObjects = {
    objects: new Map(),
    reads: [],
    lists: [],
    fault: null,
    async read(key) {
      const found = await bucket.readBytes(key);
      if (found === null) return null;
      return { body: new TextDecoder().decode(found.bytes), generation: '1', version: '1' };
    },
    async readBytes(key) {
      bucket.reads.push(key);
      if (bucket.fault !== null) throw bucket.fault;
      const body = bucket.objects.get(key);
      if (body === undefined) return null;
      return { bytes: typeof body === 'string' ? Buffer.from(body) : body, generation: '1' };
    },
    async *list(prefix) {
      bucket.lists.push(prefix);
      if (bucket.fault !== null) throw bucket.fault;
      for (const key of bucket.objects.keys())
        if (key.startsWith(prefix)) yield { key, version: '1' };
    },
  };
  return bucket;
}

/** A source of links whose answers a test sets. */
export interface FakeLinks extends LinkSource {
  asked: { clipId: string; minMinutes: number }[];
  described: string[];
  answer: (clipId: string) => FreshLinkAnswer | Promise<FreshLinkAnswer>;
  description: (clipId: string) => ClipAnswer | Promise<ClipAnswer>;
}

export function createFakeLinks(): FakeLinks {
  const links: FakeLinks = {
    asked: [],
    described: [],
    answer: () => ({ kind: 'unreachable', reason: 'no access', retryAtMs: null }),
    description: () => ({ kind: 'unknown' }),
    async freshLink(clipId, { minMinutes }) {
      links.asked.push({ clipId, minMinutes });
      return await links.answer(clipId);
    },
    async describeClip(clipId) {
      links.described.push(clipId);
      return await links.description(clipId);
    },
  };
  return links;
}

export const LOCAL: LibrarySettings = {
  address: '127.0.0.1:8240',
  url: null,
  publishedAddress: null,
  name: 'Ragtag Clips',
  timeZone: 'Europe/Berlin',
  access: 'public',
  channelIds: [],
  showDeleted: false,
};
export const PUBLISHED: LibrarySettings = { ...LOCAL, url: 'https://clips.example.org' };

export interface TestLibrary {
  app: Hono;
  catalog: FakeCatalog;
  bucket: FakeObjects;
  links: FakeLinks;
  /** The library's clock, epoch milliseconds. */
  clock: { nowMs: number };
  logged: string[];
  outcomes: string[];
  statuses: number[];
  get(path: string, init?: RequestInit): Promise<Response>;
  text(path: string, init?: RequestInit): Promise<string>;
}

/**
 * Builds a library on fakes. It holds one clip, `aClip()`, unless other clips are given. With `source`, the library reads
 * that catalog instead.
 */
export function aLibrary({
  clips = [aClip()],
  settings = {},
  channelIds = [],
  source,
}: {
  clips?: CatalogClip[];
  settings?: Partial<LibrarySettings>;
  channelIds?: string[];
  source?: ReadableCatalog;
} = {}): TestLibrary {
  const catalog = createFakeCatalog(clips);
  const bucket = createFakeObjects();
  const links = createFakeLinks();
  const clock = { nowMs: START_MS };
  const logged: string[] = [];
  const outcomes: string[] = [];
  const statuses: number[] = [];
  const write = (fields: object, message?: string) =>
    void logged.push(`${JSON.stringify(fields)} ${message ?? ''}`);
  const parts: LibraryParts = {
    catalog: source ?? catalog,
    bucket,
    links,
    settings: { ...LOCAL, ...settings },
    mediaHosts: [CDN],
    channelIds,
    log: { warn: write, error: write } as LibraryParts['log'],
    metrics: {
      ...noMetrics,
      redirect: (outcome) => void outcomes.push(outcome),
      answered: (status) => void statuses.push(status),
    },
    now: () => clock.nowMs,
  };
  const app = createLibrary(parts);
  const origin = parts.settings.url ?? 'http://127.0.0.1:8240';
  const get = async (path: string, init: RequestInit = {}) => {
    const headers = new Headers(init.headers);
    if (!headers.has('host')) headers.set('host', new URL(origin).host);
    return await app.fetch(new Request(`${origin}${path}`, { ...init, headers }));
  };
  const text = async (path: string, init?: RequestInit) => await (await get(path, init)).text();
  return { app, catalog, bucket, links, clock, logged, outcomes, statuses, get, text };
}
