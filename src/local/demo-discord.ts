import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { startEmulator, type Emulator, type EmulatorOptions } from '../emulator/emulator.ts';
import type { Logger } from '../log.ts';
import { generateDemoMedia, type DemoMedia } from './demo-media.ts';

export interface DemoDiscord {
  apiUrl: string;
  cdnOrigin: string;
  token: string;
  /** A channel with a history, for trying out a backfill. */
  backfillChannelId: string;
  /** Starts to post, edit and delete clips. */
  startPosting(): void;
  stop(): Promise<void>;
}

const POST_EVERY_MS = 15_000;
/** Before every third post, the demo edits the newest message. */
const EDIT_EVERY_POSTS = 3;
/**
 * The oldest clip is deleted when the channel has this many clips, so that an unattended demo does not grow.
 */
const MAX_LIVE_CLIPS = 8;
const POSTERS = ['_juno', 'marlow', 'kestrel'];
const TEXTS = ['what a round', 'clip that', 'no way', 'watch the end', 'first try'];

/**
 * Starts a Discord emulator with a guild in which clips are posted. The emulator's world is stored in the data folder.
 * @param publicOrigin the origin at which other machines reach the demo; the demo listens on this
 * origin's port, on every interface
 * @throws Error if the port is in use
 */
export async function startDemoDiscord(
  config: Config,
  log: Logger,
  publicOrigin?: string,
): Promise<DemoDiscord> {
  const media = await generateDemoMedia(config.ffmpegPath, join(config.dataDir, 'demo-media'));
  const dataDir = join(config.dataDir, 'discord');
  const leaseSeconds = config.demo.leaseMs / 1000;
  const emulator = await openEmulator(
    publicOrigin === undefined
      ? { dataDir, leaseSeconds }
      : {
          dataDir,
          leaseSeconds,
          publicOrigin,
          host: '0.0.0.0',
          port: Number(new URL(publicOrigin).port),
        },
  );
  const guild = findGuild(emulator) ?? createGuild(emulator, media, config.demo.historyClips);
  let timer: NodeJS.Timeout | null = null;
  let posts = 0;
  const postNext = () => {
    posts += 1;
    deleteOldest(emulator, guild, log);
    if (posts % EDIT_EVERY_POSTS === 0) editNewest(emulator, guild);
    postClip(emulator, media, { channelId: guild.liveChannelId, posterIds: guild.posterIds });
  };
  return {
    apiUrl: emulator.apiUrl,
    cdnOrigin: emulator.cdnOrigin,
    token: emulator.token,
    backfillChannelId: guild.historyChannelId,
    startPosting() {
      postNext();
      timer = setInterval(postNext, POST_EVERY_MS);
    },
    async stop() {
      if (timer) clearInterval(timer);
      await emulator.stop();
    },
  };
}

async function openEmulator(options: EmulatorOptions & { dataDir: string }): Promise<Emulator> {
  try {
    return await startEmulator(options);
  } catch (error) {
    const { code, port } = error as NodeJS.ErrnoException & { port?: number };
    if (code !== 'EADDRINUSE') throw error;
    const what = `port ${port} of the demo Discord is used by another program: stop that program`;
    throw new Error(
      options.publicOrigin === undefined
        ? `${what}, or delete ${options.dataDir} to start a new demo on another port`
        : `${what}, or change the port in DEMO_DISCORD_URL`,
      { cause: error },
    );
  }
}

/** The demo's guild has a channel for new clips, a channel with a history, and the posters. */
interface DemoGuild {
  liveChannelId: string;
  historyChannelId: string;
  posterIds: string[];
}

const LIVE_CHANNEL = 'clips';
const HISTORY_CHANNEL = 'old-clips';

/** Returns the guild of an earlier run, or null if there is none. */
function findGuild(emulator: Emulator): DemoGuild | null {
  const live = emulator.channels.find(({ name }) => name === LIVE_CHANNEL);
  const history = emulator.channels.find(({ name }) => name === HISTORY_CHANNEL);
  const posters = emulator.users.filter(({ username }) => POSTERS.includes(username));
  if (live === undefined || history === undefined || posters.length === 0) return null;
  return {
    liveChannelId: live.id,
    historyChannelId: history.id,
    posterIds: posters.map(({ id }) => id),
  };
}

function createGuild(emulator: Emulator, media: DemoMedia, historyClips: number): DemoGuild {
  const guild = emulator.addGuild({ name: 'Everclip demo' });
  const live = emulator.addChannel({ guildId: guild.id, name: LIVE_CHANNEL });
  const history = emulator.addChannel({ guildId: guild.id, name: HISTORY_CHANNEL });
  const posterIds = POSTERS.map((username, index) => {
    const avatar = media.avatars[index];
    return emulator.addUser({ username, ...(avatar && { avatar: readFileSync(avatar) }) }).id;
  });
  for (let count = 0; count < historyClips; count += 1) {
    postClip(emulator, media, { channelId: history.id, posterIds, silent: true });
  }
  return { liveChannelId: live.id, historyChannelId: history.id, posterIds };
}

function deleteOldest(emulator: Emulator, { liveChannelId }: DemoGuild, log: Logger): void {
  const messages = emulator.messages(liveChannelId);
  const oldest = messages[0];
  if (messages.length < MAX_LIVE_CLIPS || oldest === undefined) return;
  emulator.deleteMessage({ channelId: liveChannelId, messageId: oldest.id });
  log.info(`demo: deleted the message with ${oldest.attachments[0]?.filename ?? 'a clip'}`);
}

function editNewest(emulator: Emulator, { liveChannelId }: DemoGuild): void {
  const newest = emulator.messages(liveChannelId).at(-1);
  if (newest === undefined) return;
  emulator.editMessage({
    channelId: liveChannelId,
    messageId: newest.id,
    content: `${newest.content} (edited)`.replace(/( \(edited\))+$/, ' (edited)'),
  });
}

/** Posts a random clip with a random text from a random poster. */
function postClip(
  emulator: Emulator,
  { clips }: DemoMedia,
  where: { channelId: string; posterIds: readonly string[]; silent?: boolean },
): void {
  const clip = pickRandom(clips);
  emulator.postMessage({
    channelId: where.channelId,
    authorId: pickRandom(where.posterIds),
    content: pickRandom(TEXTS),
    files: [{ filename: `${clip.name}.mp4`, path: clip.path, contentType: 'video/mp4' }],
    silent: where.silent ?? false,
  });
}

function pickRandom<T>(items: readonly T[]): T {
  return items[Math.floor(Math.random() * items.length)] as T;
}
