import type { APIMessage, Snowflake } from 'discord-api-types/v10';

import type { Faults } from './faults.ts';
import type { Gateway, GatewayDrop } from './gateway.ts';
import {
  bulkDelete,
  deleteMessage,
  editMessage,
  postMessage,
  removeAttachment,
  type MessageKey,
  type NewMessage,
} from './messages.ts';
import type { Channel, Guild, Message, User } from './model.ts';
import type { PermissionName } from './permissions.ts';
import { presentMessage } from './present-message.ts';
import type { Quirks } from './quirks.ts';
import type { RateLimits } from './rate-limits.ts';
import type { RestContext } from './routes.ts';
import type { Stats } from './stats.ts';
import type { NewChannel, NewUser, World } from './world.ts';

/** A running emulator: where it is, what happens in its world, and what goes wrong. */
export interface Emulator {
  /** For `DISCORD_API_URL` and discord.js's `rest.api`, such as `http://127.0.0.1:4000/api`. */
  readonly apiUrl: string;
  /** For `MEDIA_HOSTS`, such as `http://127.0.0.1:4000`. */
  readonly cdnOrigin: string;
  readonly port: number;
  readonly token: string;
  readonly botId: Snowflake;
  /** Ends all connections and closes the world; calling it again does nothing. */
  stop(): Promise<void>;

  readonly guilds: readonly Guild[];
  readonly channels: readonly Channel[];
  readonly users: readonly User[];
  /** A channel's messages as the bot's owner would see them, oldest first, links signed now. */
  messages(channelId: Snowflake): APIMessage[];

  addGuild(input: { readonly name: string }): Guild;
  addChannel(input: NewChannel): Channel;
  removeChannel(id: Snowflake): void;
  addUser(input: NewUser): User;
  postMessage(input: NewMessage): APIMessage;
  editMessage(edit: MessageKey & { readonly content: string }): APIMessage;
  removeAttachment(key: MessageKey & { readonly attachmentId: Snowflake }): APIMessage;
  deleteMessage(key: MessageKey): void;
  bulkDelete(channelId: Snowflake, messageIds: readonly Snowflake[]): void;
  /** Takes a permission from the bot in one channel. */
  deny(channelId: Snowflake, permission: PermissionName): void;
  allow(channelId: Snowflake, permission: PermissionName): void;

  readonly faults: Faults;
  readonly limits: RateLimits;
  readonly stats: Stats;
  /** May be changed at any time. */
  readonly quirks: Quirks;
  dropGateway(drop: GatewayDrop): void;
  /** Refuses new gateway connections for so many milliseconds. */
  refuseGateway(durationMs: number): void;
  /** The switch on the application's page; on at first, and after each start. */
  setMessageContentIntent(isOn: boolean): void;
}

export interface HandleParts extends Pick<
  Emulator,
  'faults' | 'limits' | 'stats' | 'token' | 'port' | 'stop' | 'setMessageContentIntent'
> {
  readonly world: World;
  readonly context: RestContext;
  readonly gateway: Gateway;
  readonly origin: string;
}

export function makeHandle({ world, context, gateway, origin, ...rest }: HandleParts): Emulator {
  const present = (message: Message) => presentMessage(context, message, true);
  return {
    ...rest,
    apiUrl: `${origin}/api`,
    cdnOrigin: origin,
    botId: world.settings.botId,
    quirks: context.quirks,
    get guilds() {
      return [...world.state.guilds.values()];
    },
    get channels() {
      return [...world.state.channels.values()];
    },
    get users() {
      return [...world.state.users.values()];
    },
    messages: (channelId) => world.state.messages(channelId).map(present),
    addGuild: (input) => world.addGuild(input),
    addChannel: (input) => world.addChannel(input),
    removeChannel: (id) => world.removeChannel(id),
    addUser: (input) => world.addUser(input),
    postMessage: (input) => present(postMessage(world, input)),
    editMessage: (edit) => present(editMessage(world, edit)),
    removeAttachment: (key) => present(removeAttachment(world, key)),
    deleteMessage: (key) => deleteMessage(world, key),
    bulkDelete: (channelId, messageIds) => bulkDelete(world, channelId, messageIds),
    deny: (channelId, permission) => world.rule(channelId, permission, 'deny'),
    allow: (channelId, permission) => world.rule(channelId, permission, 'allow'),
    dropGateway: (drop) => gateway.drop(drop),
    refuseGateway: (durationMs) => gateway.refuse(durationMs),
  };
}
