import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { startEmulator, type Emulator } from '../emulator/emulator.ts';
import type { Logger } from '../log.ts';
import { demoMedia, type DemoMedia } from './demo-media.ts';

export interface DemoDiscord {
  apiUrl: string;
  cdnOrigin: string;
  token: string;
  /** A channel with a history, for a backfill to be tried on. */
  backfillChannelId: string;
  /** Begins to post, edit and delete. */
  play(): void;
  stop(): Promise<void>;
}

const ACT_EVERY_MS = 15_000;
/** The oldest clip is deleted when there are more, so that a demo left alone doesn't grow. */
const MOST_LIVE_CLIPS = 8;
const POSTERS = ['_juno', 'marlow', 'kestrel'];
const TEXTS = ['what a round', 'clip that', 'no way', 'watch the end', 'first try'];

/**
 * A Discord of our own with a guild that posts clips, kept in the data folder. With `publicOrigin` it
 * listens at that port on every interface, for others to reach it under that name.
 */
export async function startDemoDiscord(
  config: Config,
  log: Logger,
  publicOrigin?: string,
): Promise<DemoDiscord> {
  const media = await demoMedia(config.ffmpegPath, join(config.dataDir, 'demo-media'));
  const folder = join(config.dataDir, 'discord');
  const emulator = await startEmulator({
    dataDir: folder,
    leaseSeconds: config.demo.leaseMs / 1000,
    ...(publicOrigin !== undefined && {
      publicOrigin,
      host: '0.0.0.0',
      port: Number(new URL(publicOrigin).port),
    }),
  }).catch((error: unknown) => {
    const { code, port } = error as NodeJS.ErrnoException & { port?: number };
    if (code !== 'EADDRINUSE') throw error;
    throw new Error(
      `port ${port}, where the demo Discord was, is taken by another program: stop it, or delete ${folder} for a new demo`,
      { cause: error },
    );
  });
  const stage = setStage(emulator, media, config.demo.historyClips);
  let timer: NodeJS.Timeout | null = null;
  let turn = 0;
  const act = () => {
    turn += 1;
    const clips = emulator.messages(stage.liveChannelId);
    const oldest = clips[0];
    const newest = clips.at(-1);
    if (clips.length >= MOST_LIVE_CLIPS && oldest) {
      emulator.deleteMessage({ channelId: stage.liveChannelId, messageId: oldest.id });
      log.info(`demo: the message of ${oldest.attachments[0]?.filename ?? 'a clip'} is deleted`);
    }
    if (turn % 3 === 0 && newest) {
      emulator.editMessage({
        channelId: stage.liveChannelId,
        messageId: newest.id,
        content: `${newest.content} (edited)`.replace(/( \(edited\))+$/, ' (edited)'),
      });
    }
    post(emulator, media, stage.liveChannelId, stage.userIds);
  };
  return {
    apiUrl: emulator.apiUrl,
    cdnOrigin: emulator.cdnOrigin,
    token: emulator.token,
    backfillChannelId: stage.historyChannelId,
    play() {
      act();
      timer = setInterval(act, ACT_EVERY_MS);
    },
    async stop() {
      if (timer) clearInterval(timer);
      await emulator.stop();
    },
  };
}

interface Stage {
  liveChannelId: string;
  historyChannelId: string;
  userIds: string[];
}

/** The guild as the last run left it, or a new one. */
function setStage(emulator: Emulator, media: DemoMedia, historyClips: number): Stage {
  const named = (name: string) => emulator.channels.find((channel) => channel.name === name);
  const [live, history] = [named('clips'), named('old-clips')];
  const people = emulator.users
    .filter(({ username }) => POSTERS.includes(username))
    .map(({ id }) => id);
  if (live && history && people.length > 0) {
    return { liveChannelId: live.id, historyChannelId: history.id, userIds: people };
  }
  const guild = emulator.addGuild({ name: 'Everclip demo' });
  const liveChannelId = emulator.addChannel({ guildId: guild.id, name: 'clips' }).id;
  const historyChannelId = emulator.addChannel({ guildId: guild.id, name: 'old-clips' }).id;
  const userIds = POSTERS.map((username, index) => {
    const avatar = media.avatars[index];
    return emulator.addUser({ username, ...(avatar && { avatar: readFileSync(avatar) }) }).id;
  });
  for (let i = 0; i < historyClips; i++) post(emulator, media, historyChannelId, userIds, true);
  return { liveChannelId, historyChannelId, userIds };
}

function post(
  emulator: Emulator,
  { clips }: DemoMedia,
  channelId: string,
  userIds: readonly string[],
  silent = false,
): void {
  const clip = pick(clips);
  emulator.postMessage({
    channelId,
    authorId: pick(userIds),
    content: pick(TEXTS),
    files: [{ filename: `${clip.name}.mp4`, path: clip.path, contentType: 'video/mp4' }],
    silent,
  });
}

function pick<T>(items: readonly T[]): T {
  return items[Math.floor(Math.random() * items.length)] as T;
}
