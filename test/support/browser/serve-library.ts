import type { CatalogClip, Catalog } from '../../../src/catalog/catalog.ts';
import { leaseOf } from '../../../src/clip/lease.ts';
import type { LibrarySettings } from '../../../src/config/settings.ts';
import { answerInvalidRequest, createLibrary } from '../../../src/library/create-library.tsx';
import { startServer } from '../../../src/library/http/server.ts';
import type { LibraryParts } from '../../../src/library/ports.ts';
import { noMetrics } from '../../../src/metrics.ts';
import {
  createFakeLinks,
  createFakeObjects,
  LOCAL,
  type FakeLinks,
  type FakeObjects,
} from '../a-library.ts';
import { startTestCatalog } from '../catalog-process.ts';
import { createFakeCatalog, type FakeCatalog } from '../fakes/library-catalog.ts';
import { freePort } from '../free-port.ts';
import { startClipServer, type ClipServer } from './clip-server.ts';
import { changesOf, sampleClips } from './clips.ts';
import { makePageMedia, type PageMedia } from './media.ts';

export interface ServedLibrary {
  readonly origin: string;
  /** The clips that were given. With a real catalog, later changes of these objects have no effect. */
  readonly clips: CatalogClip[];
  /** The real catalog, or null. */
  readonly realCatalog: Catalog | null;
  /** The fake catalog. The library reads it unless there is a real one. */
  readonly catalog: FakeCatalog;
  readonly bucket: FakeObjects;
  /** Answers each question for a fresh link with a new link of `cdn`, unless the clip is unreachable. */
  readonly links: FakeLinks;
  readonly cdn: ClipServer;
  readonly media: PageMedia;
  stop(): Promise<void>;
}

export interface ServeOptions {
  /** `sampleClips()` by default. Each clip gets a link of the clip server. */
  clips?: CatalogClip[];
  settings?: Partial<LibrarySettings>;
  /** True to search in PGlite, which takes about two seconds to start. */
  isReal?: boolean;
  /** The result of `makePageMedia` by default. */
  media?: PageMedia;
  /** Gets what the library logs as an error; `console.error` by default. */
  logError?: (...line: unknown[]) => void;
  /** The library's clock, epoch milliseconds; the machine's clock by default. A plain number stands still. */
  clock?: { nowMs: number };
}

/** Serves a library at an address of this machine, with pictures, and with videos at another origin. */
export async function serveLibrary({
  clips = sampleClips(),
  settings = {},
  isReal = false,
  media,
  logError = console.error,
  clock,
}: ServeOptions = {}): Promise<ServedLibrary> {
  const files = media ?? (await makePageMedia());
  const cdn = await startClipServer(files.video);
  for (const clip of clips) {
    if (clip.url !== null) giveLink(clip, cdn.linkOf(clip.id));
  }
  const catalog = createFakeCatalog(clips);
  const real = isReal ? await startRealCatalog(clips) : null;
  const bucket = createFakeObjects();
  putPictures(bucket, clips, files);
  const links = createFakeLinks();
  links.answer = (clipId) => {
    const isLost = clips.some(({ id, status }) => id === clipId && status === 'unreachable');
    if (isLost) return { kind: 'unreachable', reason: 'no access', retryAtMs: null };
    const url = cdn.linkOf(clipId);
    return { kind: 'link', url, expiresAtMs: expiryOf(url) };
  };
  const address = `127.0.0.1:${await freePort()}`;
  const parts: LibraryParts = {
    catalog: real?.catalog ?? catalog,
    bucket,
    links,
    settings: { ...LOCAL, address, ...settings },
    mediaHosts: [cdn.origin],
    channelIds: [],
    log: { warn: () => undefined, error: logError },
    metrics: noMetrics,
    now: () => clock?.nowMs ?? Date.now(),
  };
  const app = createLibrary(parts);
  const server = await startServer(
    { fetch: (request) => app.fetch(request), onInvalid: () => answerInvalidRequest(parts) },
    address,
  );
  return {
    origin: `http://${address}`,
    clips,
    realCatalog: real?.catalog ?? null,
    catalog,
    bucket,
    links,
    cdn,
    media: files,
    async stop() {
      server.stop();
      await cdn.stop();
      await real?.stop();
    },
  };
}

/** Gives the clip a link, as if its record said so. */
export function giveLink(clip: CatalogClip, url: string): void {
  const issuedAt = leaseOf(url)?.issuedAt ?? null;
  clip.url = url;
  clip.expiresAtMs = expiryOf(url);
  clip.issuedAtMs = issuedAt === null ? null : issuedAt * 1000;
}

function expiryOf(url: string): number | null {
  const expiresAt = leaseOf(url)?.expiresAt ?? null;
  return expiresAt === null ? null : expiresAt * 1000;
}

function putPictures(
  { objects }: FakeObjects,
  clips: readonly CatalogClip[],
  { thumbnails, portrait, posterImage, avatar, storyboard }: PageMedia,
): void {
  clips.forEach((clip, at) => {
    const { thumbnail, posterImage: large, poster, width, height } = clip;
    const isPortrait = (height ?? 0) > (width ?? 0);
    const picture = isPortrait ? portrait : (thumbnails[at % thumbnails.length] ?? portrait);
    if (thumbnail) objects.set(thumbnail.key, picture);
    if (large) objects.set(large.key, posterImage);
    if (clip.storyboard) objects.set(clip.storyboard.key, storyboard);
    if (poster.avatar) objects.set(poster.avatar.key, avatar);
  });
}

const OWNER = 'test';

async function startRealCatalog(
  clips: readonly CatalogClip[],
): Promise<{ catalog: Catalog; stop: () => Promise<void> }> {
  // Only one file of tests needs the database's packages, which take half a second to load.
  const { openCatalog } = await import('../../../src/catalog/open.ts');
  const running = await startTestCatalog();
  const { catalog, store } = openCatalog({ dataDir: running.dataDir, databaseUrl: null });
  await catalog.apply(changesOf(clips));
  // Without this, pages would say that the library is incomplete.
  await store.claim(OWNER);
  await store.finish(OWNER, { isComplete: true });
  return {
    catalog,
    async stop() {
      await catalog.close();
      await running.remove();
    },
  };
}
