import { Client as Discord, GatewayIntentBits, Options } from 'discord.js';
import type { Config } from '../../config.ts';
import { messageOf } from '../../errors.ts';
import type { Logger } from '../../log.ts';

/** Creates the gateway's client, which is not logged in yet. */
export function createGatewayClient(config: Config, log: Pick<Logger, 'warn'>): Discord {
  const discord = new Discord({
    intents: [
      GatewayIntentBits.Guilds,
      GatewayIntentBits.GuildMessages,
      GatewayIntentBits.MessageContent,
    ],
    rest: { api: config.discordApiUrl },
    // Cache little: raw events contain the messages, and only the bot's own member is needed to compute permissions.
    makeCache: Options.cacheWithLimits({
      ...Options.DefaultMakeCacheSettings,
      MessageManager: 0,
      GuildMemberManager: {
        maxSize: 1,
        keepOverLimit: (member) => member.id === member.client.user.id,
      },
    }),
  });
  skipMalformedPackets(discord, log);
  return discord;
}

/** The part of discord.js that updates its cache from a packet. It is not in discord.js's types. */
interface PacketHandler {
  handlePacket: (packet?: { t?: unknown } | null, shard?: unknown) => boolean;
}

/**
 * Keeps a packet that discord.js cannot read from ending the process. discord.js handles packets in a promise
 * that nobody awaits, so a field that a compatible server leaves out would be an unhandled rejection.
 */
function skipMalformedPackets(discord: Discord, log: Pick<Logger, 'warn'>): void {
  const handler = discord.ws as unknown as PacketHandler;
  const handlePacket = handler.handlePacket.bind(handler);
  handler.handlePacket = (packet, shard) => {
    try {
      return handlePacket(packet, shard);
    } catch (error) {
      log.warn(
        { event: packet?.t, reason: messageOf(error) },
        'discord.js could not read a gateway event; skipped it',
      );
      return false;
    }
  };
}
