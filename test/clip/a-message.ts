import {
  MessageType,
  type APIAttachment,
  type APIMessage,
  type APIUser,
} from 'discord-api-types/v10';
import type { ClipRules, MessageContext } from '../../src/clip/message.ts';

/** The poster in tests. */
export const JUNO: APIUser = {
  id: '356003082141696426',
  username: '_juno',
  discriminator: '0',
  global_name: 'Juno',
  avatar: null,
};

/** The channel and guild of messages in tests. */
export const PLACE: MessageContext = {
  channelId: '1196521684992000058',
  channelName: 'overtime',
  guildId: '442294389964800640',
  guildName: 'Clip Club',
  selfId: '1196521684992000059',
  findChannelName: (id) => (id === '1196521684992000058' ? 'overtime' : null),
  findRoleName: (id) => (id === '1196521684992000060' ? 'Clippers' : null),
};

/** The settings in tests: the defaults. */
export const RULES: ClipRules = {
  types: ['mp4'],
  mediaHosts: ['https://cdn.discordapp.com', 'https://media.discordapp.net'],
};

/** A signed link in the form of Discord's CDN. Times are epoch seconds; null leaves the parameter out. */
export function signedLink({
  path = '/attachments/1196521684992000058/1213063179848942529/COMET.mp4',
  expiresAt,
  issuedAt = null,
}: {
  path?: string;
  expiresAt: number | null;
  issuedAt?: number | null;
}): string {
  const query = [
    ...(expiresAt === null ? [] : [`ex=${expiresAt.toString(16)}`]),
    ...(issuedAt === null ? [] : [`is=${issuedAt.toString(16)}`]),
    'hm=00c0ffee4c0b1a',
  ];
  return `https://cdn.discordapp.com${path}?${query.join('&')}`;
}

/** An attachment with a link that was signed at 1,709,287,200 and is valid for a day. */
export const anAttachment = (more: Partial<APIAttachment> = {}): APIAttachment => ({
  id: '1213063179848942529',
  filename: 'COMET.mp4',
  size: 24_117_248,
  url: signedLink({ expiresAt: 1_709_373_600, issuedAt: 1_709_287_200 }),
  proxy_url: 'https://media.discordapp.net/attachments/1/2/COMET.mp4',
  content_type: 'video/mp4',
  ...more,
});

/** A message as the gateway and REST deliver it, with one clip unless `attachments` is given. */
export const aMessage = (more: Partial<APIMessage> = {}): APIMessage => ({
  id: '1213063181631516641',
  channel_id: PLACE.channelId,
  author: JUNO,
  content: 'ok this was lucky',
  timestamp: '2024-03-01T10:00:00.125000+00:00',
  edited_timestamp: null,
  tts: false,
  mention_everyone: false,
  mentions: [],
  mention_roles: [],
  attachments: [anAttachment()],
  embeds: [],
  components: [],
  pinned: false,
  type: MessageType.Default,
  ...more,
});

/** Removes fields, because compatible servers leave out some fields that Discord's types promise. */
export const without = <T extends object>(object: T, ...fields: string[]): T =>
  Object.fromEntries(Object.entries(object).filter(([name]) => !fields.includes(name))) as T;
