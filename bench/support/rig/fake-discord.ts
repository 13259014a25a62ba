import type { APIMessage } from 'discord-api-types/v10';
import type { DiscordPort } from '../../../src/activities/ports/discord-port.ts';
import { compareSnowflakes, snowflakeAt } from '../../../src/clip/snowflake.ts';
import { messageGone } from '../../../src/errors.ts';
import { FIRST_LEASE_SECONDS, LONG_LEASE_SECONDS, SHORT_LEASE_SECONDS } from './durations.ts';

export interface FakeDiscord extends DiscordPort {
  /**
   * Adds a channel of messages with one clip each. The first `refreshes` links of each clip have short leases.
   *
   * @returns the channel's id
   */
  addChannel(messages: number, refreshes: number): string;
}

interface StoredMessage {
  message: APIMessage;
  /** How many of the clip's next links still get a short lease. */
  shortLeases: number;
}

export const CDN_ORIGIN = 'https://cdn.discordapp.com';

const GUILD_ID = '442294389964800640';
const POSTERS = 40;
const DESCRIPTION =
  'ok this one was not planned at all, watch the guy on the left until the very end @_juno, I still do not get how';
/** A link's `hm` parameter is 64 hexadecimal digits. */
const SIGNATURE = '3f8a1c9e7b2d4056'.repeat(4);
const HISTORY_AGE_MS = 30 * 24 * 60 * 60 * 1000;
/** The difference between the ids of two messages that were posted about one second apart. */
const ID_STEP = 4_194_304_321n;

/** Creates a fake Discord that answers at once. Its messages are as large as real messages with a clip. */
export function createFakeDiscord(): FakeDiscord {
  const channels = new Map<string, Map<string, StoredMessage>>();
  let ids = BigInt(snowflakeAt(Date.now() - HISTORY_AGE_MS));
  const nextId = () => String((ids += ID_STEP));

  return {
    addChannel(messages, refreshes) {
      const channelId = nextId();
      const stored = Array.from({ length: messages }, (_, index): [string, StoredMessage] => {
        const message = createMessage({ id: nextId(), channelId, attachmentId: nextId(), index });
        return [message.id, { message, shortLeases: refreshes }];
      });
      channels.set(channelId, new Map(stored));
      return channelId;
    },
    readableChannel: (channelId) =>
      Promise.resolve({
        channelId,
        channelName: 'overtime-clips',
        guildId: GUILD_ID,
        guildName: 'Clip Club',
        selfId: '1196521684992000059',
      }),
    wasReadable: () => Promise.resolve(true),
    findChannelState: () => Promise.resolve('visible'),
    findWatchState: () => Promise.resolve('watched'),
    describeChannel: (channelId) =>
      Promise.resolve({
        Id: channelId,
        Name: 'overtime-clips',
        guildId: GUILD_ID,
        Guild_Name: 'Clip Club',
        Parent_Id: null,
        Parent_Name: null,
        Nsfw: false,
        Public: true,
      }),
    findChannelKind: () => Promise.resolve({ channelName: 'overtime-clips', kind: 'plain' }),
    listPlaces: () => Promise.resolve({ readable: [], unreadable: [], next: null }),
    fetchHistory(channelId, { before, limit }) {
      const history = [...(channels.get(channelId)?.values() ?? [])];
      const page = history
        .filter(({ message: { id } }) => before === undefined || compareSnowflakes(id, before) < 0)
        .slice(-limit)
        .reverse();
      return Promise.resolve(page.map((stored) => signLinks(stored, FIRST_LEASE_SECONDS)));
    },
    searchHistory: () => Promise.resolve([]),
    fetchMessage(channelId, messageId) {
      const stored = channels.get(channelId)?.get(messageId);
      return stored
        ? Promise.resolve(signLinks(stored, SHORT_LEASE_SECONDS))
        : Promise.reject(messageGone({ route: `${channelId}/${messageId}` }));
    },
  };
}

/**
 * Returns the message with links signed now. Their lease lasts `shortSeconds`. If the clip has no short leases left,
 * the lease is long. Short leases don't say when they began. Otherwise a clip's run would end after fewer refreshes than
 * with links that are valid for a day, as Discord's are.
 */
function signLinks(stored: StoredMessage, shortSeconds: number): APIMessage {
  const leaseSeconds = stored.shortLeases > 0 ? shortSeconds : LONG_LEASE_SECONDS;
  stored.shortLeases -= 1;
  const isLong = leaseSeconds === LONG_LEASE_SECONDS;
  const issuedAt = Math.floor(Date.now() / 1000);
  const { message } = stored;
  const attachments = message.attachments.map((attachment) => ({
    ...attachment,
    url:
      `${CDN_ORIGIN}/attachments/${message.channel_id}/${attachment.id}/${attachment.filename}` +
      `?ex=${(issuedAt + leaseSeconds).toString(16)}&${isLong ? `is=${issuedAt.toString(16)}&` : ''}hm=${SIGNATURE}&`,
  }));
  return { ...message, attachments };
}

function createMessage(given: {
  id: string;
  channelId: string;
  attachmentId: string;
  index: number;
}): APIMessage {
  const poster = given.index % POSTERS;
  return {
    id: given.id,
    channel_id: given.channelId,
    timestamp: new Date().toISOString(),
    content: DESCRIPTION,
    author: {
      id: String(356003082141696426n + BigInt(poster) * 7_919n),
      username: `_juno_${poster}`,
      global_name: `Juno of Floor ${poster}`,
      avatar: `a_${'0c5b9d21e7f84a63'.repeat(2)}`,
      discriminator: '0',
    },
    mentions: [],
    attachments: [
      {
        id: given.attachmentId,
        filename: `Arena_2024.03.01_-_09.41.12.${String(given.index).padStart(2, '0')}.DVR_midnight_comet.mp4`,
        size: 30_667_471,
        content_type: 'video/mp4',
        width: 1920,
        height: 1080,
        placeholder: 'E/gNDYKXiHd/iHd4d3eHd3iAeAh4',
        url: '',
        proxy_url: '',
      },
    ],
  } as unknown as APIMessage;
}
