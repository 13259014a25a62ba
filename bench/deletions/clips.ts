import type { Clip } from '../../src/clip/clip.ts';

/** The number of channels that the clips are spread over. */
const CHANNELS = 20;

/** The id of a message from July 2024. The message ids of all clips are higher. */
const FIRST_ID = 1_260_000_000_000_000_000n;

/**
 * The mean difference between the ids of consecutive clips. This difference corresponds to about 15 minutes, so 100,000
 * clips span three years.
 */
const MEAN_DISTANCE = 4_000_000_000_000;

/** Invents clips, sorted by the ids of their messages. Each message has one clip. */
export function inventClips(count: number): Clip[] {
  const clips: Clip[] = [];
  let id = FIRST_ID;
  for (let index = 0; index < count; index++) {
    id += BigInt(Math.ceil(Math.random() * 2 * MEAN_DISTANCE));
    const channel = Math.floor(Math.random() * CHANNELS);
    const channelId = String(1_100_000_000_000_000_000n + BigInt(channel));
    clips.push({
      messageId: String(id),
      attachmentId: String(id - 1_000_000n),
      channelId,
      channelName: `clips-${channel}`,
      guildId: '1100000000000000100',
      guildName: 'Clip Club',
      poster: { id: '1100000000000000200', username: '_juno', displayName: 'Juno', avatar: null },
      postedAtMs: Number((id >> 22n) + 1_420_070_400_000n),
      description: 'ok this was lucky',
      filename: 'COMET.mp4',
      url: `https://cdn.discordapp.com/attachments/${channelId}/${id}/COMET.mp4`,
      sizeBytes: 24_117_248,
      contentType: 'video/mp4',
    });
  }
  return clips;
}

/** The number of messages in one bulk deletion of Discord. */
export const BULK = 100;

/** Picks adjacent messages of one channel for a bulk deletion. All of these messages have clips. */
export function pickAdjacent(clips: readonly Clip[]): Clip[] {
  const { channelId } = pickOne(clips);
  const ofChannel = clips.filter((clip) => clip.channelId === channelId);
  const at = Math.floor(Math.random() * Math.max(ofChannel.length - BULK, 1));
  return ofChannel.slice(at, at + BULK);
}

/** Picks messages from all channels and years. A real bulk deletion contains only messages from the last two weeks. */
export function pickScattered(clips: readonly Clip[]): Clip[] {
  return Array.from({ length: BULK }, () => pickOne(clips));
}

function pickOne(clips: readonly Clip[]): Clip {
  const clip = clips[Math.floor(Math.random() * clips.length)];
  if (!clip) throw new Error('there are no clips to pick from: correct --clips');
  return clip;
}
