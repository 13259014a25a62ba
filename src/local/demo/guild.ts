import { readFileSync } from 'node:fs';
import type { Emulator } from '../../emulator/emulator.ts';
import type { DemoClip, DemoMedia } from './make-media.ts';
import { historyTimes, PEOPLE, POSTS } from './posts.ts';
import { SCENES } from './scenes.ts';

/** The demo's guild has channels for new clips, a channel with a history, and people. */
export interface DemoGuild {
  liveChannelId: string;
  /** A second channel for new clips. */
  winsChannelId: string;
  historyChannelId: string;
  /** In the order of PEOPLE. */
  personIds: string[];
}

const LIVE_CHANNEL = 'clips';
const WINS_CHANNEL = 'wins';
const HISTORY_CHANNEL = 'old-clips';

/** Returns the guild of an earlier run, or null if there is none. */
export function findGuild(emulator: Emulator): DemoGuild | null {
  const idOf = (channel: string) => emulator.channels.find(({ name }) => name === channel)?.id;
  const liveChannelId = idOf(LIVE_CHANNEL);
  const historyChannelId = idOf(HISTORY_CHANNEL);
  const people = emulator.users.filter(({ username }) =>
    PEOPLE.some((person) => person.username === username),
  );
  if (liveChannelId === undefined || historyChannelId === undefined || people.length === 0) {
    return null;
  }
  return {
    liveChannelId,
    // The demo of an older version has no second channel, and fewer people.
    winsChannelId: idOf(WINS_CHANNEL) ?? liveChannelId,
    historyChannelId,
    personIds: people.map(({ id }) => id),
  };
}

export function createGuild(emulator: Emulator, { avatars }: DemoMedia): DemoGuild {
  const { id: guildId } = emulator.addGuild({ name: 'Everclip demo' });
  const addChannel = (name: string) => emulator.addChannel({ guildId, name }).id;
  return {
    liveChannelId: addChannel(LIVE_CHANNEL),
    winsChannelId: addChannel(WINS_CHANNEL),
    historyChannelId: addChannel(HISTORY_CHANNEL),
    personIds: PEOPLE.map((person, at) => {
      const avatar = avatars[at];
      return emulator.addUser({ ...person, ...(avatar && { avatar: readFileSync(avatar) }) }).id;
    }),
  };
}

/** Where and when a post appears. Without `postedAtMs`, it appears now, and the gateway announces it. */
export interface Place {
  channelId: string;
  postedAtMs?: number;
}

/** Posts the clip of a scene with the scene's text. */
export function postScene(
  emulator: Emulator,
  { personIds }: DemoGuild,
  clip: DemoClip,
  { channelId, postedAtMs }: Place,
): void {
  const scene = SCENES.findIndex(({ name }) => `${name}.mp4` === clip.filename);
  const post = POSTS[scene];
  if (post === undefined) throw new Error(`the demo has no text for ${clip.filename}`);
  const idOf = (person: number) => personIds[person % personIds.length] ?? '';
  const time = new Date(postedAtMs ?? Date.now());
  emulator.postMessage({
    channelId,
    authorId: idOf(post.by),
    content: post.text,
    files: [
      {
        filename: clip.filename,
        path: clip.path,
        contentType: 'video/mp4',
        width: clip.width,
        height: clip.height,
        placeholder: clip.placeholder,
        ...((post.game !== undefined || post.with !== undefined) && {
          clip: {
            createdAt: time.toISOString(),
            players: (post.with ?? []).map(idOf),
            ...(post.game !== undefined && { game: post.game }),
          },
        }),
      },
    ],
    ...(postedAtMs !== undefined && { timestamp: time, silent: true }),
  });
}

/**
 * Posts what the history lacks, and waits for clips that are not ready yet. If ffmpeg fails, other clips take their place.
 * If the demo stops before, the next start goes on. The history of another version, or of another number of clips, stays
 * as it is.
 */
export async function postHistory(
  emulator: Emulator,
  guild: DemoGuild,
  media: Pick<DemoMedia, 'clips' | 'finished'>,
  { count, signal }: { count: number; signal: AbortSignal },
): Promise<void> {
  const channelId = guild.historyChannelId;
  const startedAtMs = Date.parse(emulator.guilds[0]?.joinedAt ?? '');
  const times = historyTimes(count, startedAtMs);
  const posted = new Set(
    emulator.messages(channelId).map(({ timestamp }) => Date.parse(timestamp)),
  );
  if ([...posted].some((time) => !times.includes(time))) return;
  let waiting = times
    .map((postedAtMs, at) => ({ postedAtMs, scene: SCENES[at % SCENES.length]?.name ?? '' }))
    .filter(({ postedAtMs }) => !posted.has(postedAtMs));
  const postReady = (isLast: boolean): void => {
    const clips = media.clips();
    waiting = waiting.filter(({ scene, postedAtMs }, at) => {
      const own = clips.find(({ filename }) => filename === `${scene}.mp4`);
      const clip = own ?? (isLast ? clips[at % clips.length] : undefined);
      if (clip === undefined) return true;
      postScene(emulator, guild, clip, { channelId, postedAtMs });
      return false;
    });
  };
  postReady(false);
  await media.finished;
  if (!signal.aborted) postReady(true);
}
