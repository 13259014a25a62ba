import {
  MessageType,
  type APIAttachment,
  type APIMessage,
  type APIUser,
} from 'discord-api-types/v10';
import type { MessagePlace } from '../../src/clip/from-message.ts';

/** The one who posts in tests. */
export const SOHO: APIUser = {
  id: '356299278253031426',
  username: '_soho',
  discriminator: '0',
  global_name: 'Soho',
  avatar: null,
};

/** Where messages of tests stand. */
export const PLACE: MessagePlace = {
  channelId: '1283675776780075058',
  channelName: 'deadlock',
  guildId: '477371102969200640',
  guildName: 'The Sunday Stack',
  selfId: '1283675776780075059',
  channelNames: { '1283675776780075058': 'deadlock' },
  roleNames: { '1283675776780075060': 'Clippers' },
};

/** A signed link as Discord's CDN writes them; seconds since 1970, null: the parameter is left out. */
export function signedLink({
  path = '/attachments/1283675776780075058/1295276127115542529/LUCKY.mp4',
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
    'hm=5dcd1a8e4c0b1a',
  ];
  return `https://cdn.discordapp.com${path}?${query.join('&')}`;
}

/** An attachment with a link that was signed at 1,728,888,294 and lives a day. */
export const anAttachment = (more: Partial<APIAttachment> = {}): APIAttachment => ({
  id: '1295276127115542529',
  filename: 'LUCKY.mp4',
  size: 30_667_471,
  url: signedLink({ expiresAt: 1_728_974_694, issuedAt: 1_728_888_294 }),
  proxy_url: 'https://media.discordapp.net/attachments/1/2/LUCKY.mp4',
  content_type: 'video/mp4',
  ...more,
});

/** A message as the gateway and REST give it, with one clip unless `attachments` says otherwise. */
export const aMessage = (more: Partial<APIMessage> = {}): APIMessage => ({
  id: '1295276128952516641',
  channel_id: PLACE.channelId,
  author: SOHO,
  content: 'ok this was lucky',
  timestamp: '2024-10-14T06:44:54.209000+00:00',
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

/** Takes fields away, as servers do that keep less closely to the types than Discord. */
export const without = <T extends object>(object: T, ...fields: string[]): T =>
  Object.fromEntries(Object.entries(object).filter(([name]) => !fields.includes(name))) as T;
