import type { APIMessage, Snowflake } from 'discord-api-types/v10';
import type { EmulatorContext, Quirks } from './context.ts';
import type { Faults } from './faults.ts';
import type { Gateway, GatewayDrop } from './gateway/gateway.ts';
import { presentMessage } from './rest/present-message.ts';
import type { RateLimits } from './rest/rate-limits.ts';
import type { Stats } from './stats.ts';
import {
  bulkDelete,
  deleteMessage,
  editAttachment,
  editMessage,
  postMessage,
  removeAttachment,
  type AttachmentEdit,
  type MessageEdit,
  type MessageKey,
  type NewMessage,
} from './world/messages.ts';
import type { Channel, Guild, Message, User } from './world/model.ts';
import type { PermissionName, Whom } from './world/permissions.ts';
import type { NewChannel, NewGuild, NewUser, World } from './world/world.ts';

/** A running emulator, with its addresses, its world, and the failures that a test injects. */
export interface Emulator {
  /** The URL for `DISCORD_API_URL` and discord.js's `rest.api`, such as `http://127.0.0.1:4000/api`. */
  readonly apiUrl: string;
  /** The origin for `MEDIA_HOSTS`, such as `http://127.0.0.1:4000`. */
  readonly cdnOrigin: string;
  readonly port: number;
  readonly token: string;
  readonly botId: Snowflake;
  /** Closes all connections and the world. A second call does nothing. */
  stop(): Promise<void>;

  readonly guilds: readonly Guild[];
  readonly channels: readonly Channel[];
  readonly users: readonly User[];
  /**
   * Returns a channel's messages, oldest first, with fresh links. Ignores permissions and the Message Content intent.
   */
  messages(channelId: Snowflake): APIMessage[];

  addGuild(input: NewGuild): Guild;
  /** Deletes a guild. The bot's clients get the same event as after `removeBot`. */
  removeGuild(id: Snowflake): void;
  /** Removes the bot from a guild, which goes on without the bot. */
  removeBot(guildId: Snowflake): void;
  /** Invites the bot to a guild again. */
  inviteBot(guildId: Snowflake): void;
  addChannel(input: NewChannel): Channel;
  removeChannel(id: Snowflake): void;
  archiveThread(id: Snowflake): void;
  /** Makes an archived thread active again. Posting in an archived thread does the same. */
  reviveThread(id: Snowflake): void;
  addUser(input: NewUser): User;
  renameUser(id: Snowflake, names: Pick<NewUser, 'username' | 'globalName'>): User;
  postMessage(input: NewMessage): APIMessage;
  editMessage(edit: MessageEdit): APIMessage;
  editAttachment(edit: AttachmentEdit): APIMessage;
  removeAttachment(key: MessageKey & { readonly attachmentId: Snowflake }): APIMessage;
  deleteMessage(key: MessageKey): void;
  bulkDelete(channelId: Snowflake, messageIds: readonly Snowflake[]): void;
  /** Denies the bot or @everyone a permission in one channel. By default, the bot is meant. */
  deny(channelId: Snowflake, permission: PermissionName, whom?: Whom): void;
  allow(channelId: Snowflake, permission: PermissionName, whom?: Whom): void;

  readonly faults: Faults;
  readonly limits: RateLimits;
  readonly stats: Stats;
  readonly quirks: Quirks;
  /** Closes all gateway connections. */
  dropGateway(drop: GatewayDrop): void;
  /** Sends an event unchanged to every session. The event may be malformed. */
  sendEvent(type: string, data: unknown): void;
  /** Refuses new gateway connections for this many milliseconds. */
  refuseGateway(durationMs: number): void;
  /** Turns the bot's Message Content intent on or off. The intent is on after each start of the emulator. */
  setMessageContentIntent(isOn: boolean): void;
}

export interface HandleParts extends Pick<
  Emulator,
  'faults' | 'limits' | 'stats' | 'token' | 'port' | 'stop' | 'setMessageContentIntent'
> {
  readonly world: World;
  readonly context: EmulatorContext;
  readonly gateway: Gateway;
  /** The emulator's origin, such as `http://127.0.0.1:4000`. */
  readonly origin: string;
}

export function createHandle({
  world,
  context,
  gateway,
  origin,
  ...shared
}: HandleParts): Emulator {
  const present = (message: Message) => presentMessage(context, message, true);
  /** True for a new message in an archived thread. A message of the past was there before the thread was archived. */
  const revives = ({ channelId, timestamp, silent }: NewMessage): boolean =>
    timestamp === undefined &&
    silent !== true &&
    !context.quirks.threadsStayArchived &&
    (world.state.channels.get(channelId)?.archivedAt ?? null) !== null;
  return {
    ...shared,
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
    removeGuild: (id) => world.removeGuild(id),
    removeBot: (guildId) => world.setMembership(guildId, false),
    inviteBot: (guildId) => world.setMembership(guildId, true),
    addChannel: (input) => world.addChannel(input),
    removeChannel: (id) => world.removeChannel(id),
    archiveThread: (id) => world.setArchived(id, true),
    reviveThread: (id) => world.setArchived(id, false),
    addUser: (input) => world.addUser(input),
    renameUser: (id, names) => world.renameUser(id, names),
    postMessage(input) {
      if (revives(input)) world.setArchived(input.channelId, false);
      return present(postMessage(world, input));
    },
    editMessage: (edit) => present(editMessage(world, edit)),
    editAttachment: (edit) => present(editAttachment(world, edit)),
    removeAttachment: (key) => present(removeAttachment(world, key)),
    deleteMessage: (key) => deleteMessage(world, key),
    bulkDelete: (channelId, messageIds) => bulkDelete(world, channelId, messageIds),
    deny: (channelId, permission, whom) => world.setPermission(channelId, permission, 'deny', whom),
    allow: (channelId, permission, whom) =>
      world.setPermission(channelId, permission, 'allow', whom),
    dropGateway: (drop) => gateway.drop(drop),
    sendEvent: (type, data) => gateway.sendAsIs(type, data),
    refuseGateway: (durationMs) => gateway.refuse(durationMs),
  };
}
