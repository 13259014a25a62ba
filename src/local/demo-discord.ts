import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { startEmulator, type Emulator, type EmulatorOptions } from '../emulator/emulator.ts';
import type { Logger } from '../log.ts';
import { createGuild, findGuild, postHistory, postScene, type DemoGuild } from './demo/guild.ts';
import { makeDemoMedia } from './demo/make-media.ts';

export interface DemoDiscord {
  apiUrl: string;
  cdnOrigin: string;
  token: string;
  /** A channel with a history, for trying out a backfill. */
  backfillChannelId: string;
  /** Resolves when the history is complete. A new demo on a new machine has to generate some clips first. */
  historyPosted: Promise<void>;
  /** Starts to post, edit and delete clips. */
  startPosting(): void;
  stop(): Promise<void>;
}

const POST_EVERY_MS = 15_000;
/** Before every third post, the demo edits the newest message. */
const EDIT_EVERY_POSTS = 3;
/**
 * The oldest clip of a channel is deleted when the channel has this many clips, so that an unattended demo does not grow.
 */
const MAX_LIVE_CLIPS = 8;
/** Every fourth clip appears in the second channel. */
const WINS_EVERY_POSTS = 4;

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
  const stopping = new AbortController();
  const { signal } = stopping;
  // The folder in which the set-up keeps its tools is shared by all clones.
  const folders = [join(homedir(), '.cache', 'everclip'), config.dataDir];
  const media = await makeDemoMedia(config.ffmpegPath, folders, { log, signal });
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
  ).catch((error: unknown) => {
    stopping.abort();
    throw error;
  });
  const guild = findGuild(emulator) ?? createGuild(emulator, media);
  const count = config.demo.historyClips;
  const historyPosted = postHistory(emulator, guild, media, { count, signal });
  let timer: NodeJS.Timeout | null = null;
  let posts = 0;
  const postNext = () => {
    deleteOldest(emulator, guild, log);
    if (posts % EDIT_EVERY_POSTS === EDIT_EVERY_POSTS - 1) editNewest(emulator, guild);
    const clips = media.clips();
    const clip = clips[posts % clips.length];
    const isWin = posts % WINS_EVERY_POSTS === WINS_EVERY_POSTS - 1;
    const channelId = isWin ? guild.winsChannelId : guild.liveChannelId;
    if (clip !== undefined) postScene(emulator, guild, clip, { channelId });
    posts += 1;
  };
  return {
    apiUrl: emulator.apiUrl,
    cdnOrigin: emulator.cdnOrigin,
    token: emulator.token,
    backfillChannelId: guild.historyChannelId,
    historyPosted,
    startPosting() {
      postNext();
      timer = setInterval(postNext, POST_EVERY_MS);
    },
    async stop() {
      if (timer) clearInterval(timer);
      stopping.abort();
      await media.finished;
      await historyPosted;
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

function deleteOldest(
  emulator: Emulator,
  { liveChannelId, winsChannelId }: DemoGuild,
  log: Logger,
): void {
  for (const channelId of new Set([liveChannelId, winsChannelId])) {
    const messages = emulator.messages(channelId);
    const oldest = messages[0];
    if (messages.length < MAX_LIVE_CLIPS || oldest === undefined) continue;
    emulator.deleteMessage({ channelId, messageId: oldest.id });
    log.info(`demo: deleted the message with ${oldest.attachments[0]?.filename ?? 'a clip'}`);
  }
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
