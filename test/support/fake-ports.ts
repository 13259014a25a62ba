import type { APIMessage } from 'discord-api-types/v10';
import type {
  ActivitySettings,
  BucketPort,
  DiscordPort,
  MediaPort,
  Picture,
  Ports,
  StoredObject,
} from '../../src/activities/ports.ts';
import { type Clip } from '../../src/clip/clip.ts';
import { clipWorkflowId } from '../../src/clip/names.ts';
import type { MessageContext } from '../../src/clip/message.ts';
import { compareSnowflakes } from '../../src/clip/snowflake.ts';
import type { MediaFacts } from '../../src/clip/state.ts';
import { accessLost, invalidInput, messageGone } from '../../src/errors.ts';
import { noMetrics } from '../../src/metrics.ts';

/** A failure to throw, or something to wait for and perhaps to throw from. */
export type Trouble = Error | (() => void | Promise<void>);

/** Troubles that meet the next calls, one each, in the order they were added. */
export class Troubles {
  readonly #next: Trouble[] = [];

  add(...troubles: Trouble[]): void {
    this.#next.push(...troubles);
  }

  async meet(): Promise<void> {
    const trouble = this.#next.shift();
    if (trouble instanceof Error) throw trouble;
    await trouble?.();
  }
}

/** One write that a bucket was asked for. */
export interface FakeWrite {
  key: string;
  body: string | Uint8Array;
  contentType: string;
  cacheControl: string;
  /** Whether its condition held. */
  isDone: boolean;
}

/** A bucket in memory. Every write makes a new generation of its object. */
export interface FakeBucket extends BucketPort {
  /** Everything that was ever asked for, in order. */
  readonly writes: FakeWrite[];
  /** What meets the next writes, before they look at their condition. */
  readonly beforeWrite: Troubles;
  readonly beforeRead: Troubles;
  keys(): string[];
  /** The object as the JSON that it is; undefined where there is none. */
  json(key: string): unknown;
  /** Puts an object there as somebody else would. */
  put(key: string, body: string | object): void;
  remove(key: string): void;
}

export function createFakeBucket(): FakeBucket {
  const objects = new Map<string, { body: string | Uint8Array; generation: number }>();
  const writes: FakeWrite[] = [];
  let generation = 1_709_287_200_125_000;
  const textOf = (body: string | Uint8Array): string =>
    typeof body === 'string' ? body : new TextDecoder().decode(body);
  const stored = (key: string): StoredObject | null => {
    const object = objects.get(key);
    return object ? { body: textOf(object.body), generation: String(object.generation) } : null;
  };
  const bucket: FakeBucket = {
    writes,
    beforeWrite: new Troubles(),
    beforeRead: new Troubles(),
    async read(key) {
      await bucket.beforeRead.meet();
      return stored(key);
    },
    async write(key, body, { contentType, cacheControl, condition }) {
      await bucket.beforeWrite.meet();
      const now = stored(key)?.generation;
      const wanted = condition === 'absent' ? undefined : condition?.generation;
      const isDone = condition === undefined || now === wanted;
      if (isDone) objects.set(key, { body, generation: ++generation });
      writes.push({ key, body, contentType, cacheControl, isDone });
      return isDone;
    },
    keys: () => [...objects.keys()].sort(),
    json: (key) => {
      const object = stored(key);
      return object ? (JSON.parse(object.body) as unknown) : undefined;
    },
    put(key, body) {
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      objects.set(key, { body: text, generation: ++generation });
    },
    remove: (key) => void objects.delete(key),
  };
  return bucket;
}

/** A Discord in memory: links are signed afresh with every answer, as long as `leaseSeconds`. */
export interface FakeDiscord extends DiscordPort {
  /** Null: links carry no lease. */
  leaseSeconds: number | null;
  /** Pages are in no promised order. */
  pagesComeOldestFirst: boolean;
  /** The methods that were called, in order. */
  readonly calls: (keyof DiscordPort)[];
  /** What meets the next calls of each method. */
  readonly before: Record<keyof DiscordPort, Troubles>;
  addChannel(place: MessageContext): void;
  /** From now on every request about the channel is refused, or no more. */
  refuse(channelId: string, isRefused: boolean): void;
  /** Posts a message, or puts it in the place of the one with its id. */
  post(message: APIMessage): void;
  remove(message: { channel_id: string; id: string }): void;
}

export function createFakeDiscord(): FakeDiscord {
  const places = new Map<string, MessageContext>();
  const messages = new Map<string, Map<string, APIMessage>>();
  const refused = new Set<string>();
  const before = (): Troubles => new Troubles();
  const come = async (method: keyof DiscordPort, channelId: string): Promise<void> => {
    discord.calls.push(method);
    await discord.before[method].meet();
    if (refused.has(channelId))
      throw accessLost({ route: `GET /channels/${channelId}`, status: 403 });
  };
  const discord: FakeDiscord = {
    leaseSeconds: 86_400,
    pagesComeOldestFirst: false,
    calls: [],
    before: { fetchMessage: before(), fetchHistory: before(), readableChannel: before() },
    async fetchMessage(channelId, messageId) {
      await come('fetchMessage', channelId);
      const message = messages.get(channelId)?.get(messageId);
      if (!message)
        throw messageGone({ route: `GET /channels/${channelId}/messages/${messageId}` });
      return signed(message, discord.leaseSeconds);
    },
    async fetchHistory(channelId, { limit, before: newest, after }) {
      await come('fetchHistory', channelId);
      const found = [...(messages.get(channelId)?.values() ?? [])]
        .filter(({ id }) => newest === undefined || compareSnowflakes(id, newest) < 0)
        .filter(({ id }) => after === undefined || compareSnowflakes(id, after) > 0)
        .sort((a, b) => compareSnowflakes(a.id, b.id));
      const page = after === undefined ? found.slice(-limit) : found.slice(0, limit);
      if (!discord.pagesComeOldestFirst) page.reverse();
      return page.map((message) => signed(message, discord.leaseSeconds));
    },
    async readableChannel(channelId) {
      await come('readableChannel', channelId);
      const place = places.get(channelId);
      if (!place) throw invalidInput(`Discord knows no channel ${channelId}`);
      return place;
    },
    addChannel: (place) => void places.set(place.channelId, place),
    refuse(channelId, isRefused) {
      if (isRefused) refused.add(channelId);
      else refused.delete(channelId);
    },
    post(message) {
      const ofChannel = messages.get(message.channel_id) ?? new Map<string, APIMessage>();
      messages.set(message.channel_id, ofChannel.set(message.id, message));
    },
    remove: ({ channel_id, id }) => void messages.get(channel_id)?.delete(id),
  };
  return discord;
}

/** The message with its links signed now. */
function signed(message: APIMessage, leaseSeconds: number | null): APIMessage {
  const now = Math.floor(Date.now() / 1000);
  const query =
    leaseSeconds === null
      ? ''
      : `?ex=${Math.floor(now + leaseSeconds).toString(16)}&is=${now.toString(16)}&hm=00c0ffee4c0b1a`;
  const copy = structuredClone(message);
  for (const part of [copy, ...(copy.message_snapshots ?? []).map((each) => each.message)]) {
    for (const attachment of part.attachments) {
      attachment.url = attachment.url.replace(/\?.*$/, '') + query;
    }
  }
  return copy;
}

export interface FakeMedia extends MediaPort {
  picture: Picture;
  facts: MediaFacts;
  /** Null: there is none. */
  avatarPicture: Picture | null;
  /** Links that were asked for, of clips and of avatars. */
  readonly thumbnailUrls: string[];
  readonly avatarUrls: string[];
  /** Does the work of the next thumbnails, one each: reports progress, waits for the signal, throws. */
  readonly work: ((options: Parameters<MediaPort['thumbnail']>[1]) => void | Promise<void>)[];
  readonly beforeAvatar: Troubles;
}

export function createFakeMedia(): FakeMedia {
  const media: FakeMedia = {
    picture: {
      bytes: new Uint8Array([82, 73, 70, 70]),
      contentType: 'image/webp',
      extension: 'webp',
    },
    facts: { durationSeconds: 21.25, width: 1920, height: 1080, codec: 'avc1', hasAudio: true },
    avatarPicture: { bytes: new Uint8Array([137, 80]), contentType: 'image/png', extension: 'png' },
    thumbnailUrls: [],
    avatarUrls: [],
    work: [],
    beforeAvatar: new Troubles(),
    async thumbnail(url, options) {
      media.thumbnailUrls.push(url);
      await media.work.shift()?.(options);
      return { picture: media.picture, facts: media.facts };
    },
    async avatar(url) {
      media.avatarUrls.push(url);
      await media.beforeAvatar.meet();
      return media.avatarPicture;
    },
  };
  return media;
}

export interface FakePorts extends Ports {
  bucket: FakeBucket;
  discord: FakeDiscord;
  media: FakeMedia;
  /** Every clip that was to be started, in order; the second time it is known. */
  starts: Clip[];
  /** Beside it, what asked for each. */
  sources: Parameters<Ports['startClip']>[1][];
  beforeStart: Troubles;
}

/**
 * Ports in memory: give them to `createActivities`, say what goes wrong (`bucket.beforeWrite.add(…)`),
 * and look at what was done (`bucket.writes`, `starts`).
 */
export function createFakePorts(settings: Partial<ActivitySettings> = {}): FakePorts {
  const started = new Set<string>();
  const ports: FakePorts = {
    bucket: createFakeBucket(),
    discord: createFakeDiscord(),
    media: createFakeMedia(),
    starts: [],
    sources: [],
    beforeStart: new Troubles(),
    async startClip(clip, source) {
      await ports.beforeStart.meet();
      ports.starts.push(clip);
      ports.sources.push(source);
      const id = clipWorkflowId(clip);
      if (started.has(id)) return 'known';
      started.add(id);
      return 'started';
    },
    metrics: noMetrics,
    settings: {
      refreshMarginMs: 6 * 60 * 60 * 1000,
      clipTypes: ['mp4'],
      cdnOrigin: 'https://cdn.discordapp.com',
      ...settings,
    },
  };
  return ports;
}
