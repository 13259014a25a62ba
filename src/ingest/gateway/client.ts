import {
  Client as Discord,
  Events,
  GatewayIntentBits,
  Options,
  RequestMethod,
  type CacheWithLimitsOptions,
} from 'discord.js';
import type { Config } from '../../config.ts';
import type { Get } from '../../discord/rest-client.ts';
import { waitForDiscord } from '../../discord/wait-for-discord.ts';
import { messageOf } from '../../errors.ts';
import { createLogLimit } from '../../log-limit.ts';
import type { Logger } from '../../log.ts';
import { PatientStrategy } from './patient-strategy.ts';

/**
 * How long the login waits for an answer to its requests, in milliseconds. discord.js doesn't repeat these requests, so
 * one temporary failure would end the process. For example, the worker may have used up a request limit.
 */
const MAX_LOGIN_WAIT_MS = 2 * 60 * 1000;

/**
 * Keeps only the bot's own entry in a cache. Before the gateway's first event, the client does not know the bot's user.
 */
const OWN_ENTRY = {
  maxSize: 0,
  keepOverLimit: ({ id, client }: { id: string; client: Discord }) => id === client.user?.id,
};

/**
 * Ingest needs only the guilds with their channels, threads and roles, because raw events contain the messages. To
 * compute permissions, discord.js also needs the bot's own member. Without limits, discord.js keeps each author of a
 * message. discord.js itself removes threads, four hours after they were archived.
 */
const CACHE_LIMITS: CacheWithLimitsOptions = {
  UserManager: OWN_ENTRY,
  GuildMemberManager: OWN_ENTRY,
  ThreadMemberManager: OWN_ENTRY,
  MessageManager: 0,
  PresenceManager: 0,
  VoiceStateManager: 0,
  GuildEmojiManager: 0,
  GuildStickerManager: 0,
  GuildBanManager: 0,
  GuildInviteManager: 0,
  GuildScheduledEventManager: 0,
  EntitlementManager: 0,
};

/**
 * Creates the gateway's client, which is not logged in yet. It sends its REST requests through `get`, and logs the errors
 * of discord.js.
 */
export function createGatewayClient(
  config: Pick<Config, 'discordApiUrl'>,
  log: Pick<Logger, 'debug' | 'warn'>,
  get: Get,
): Discord {
  const discord = new Discord({
    intents: [
      GatewayIntentBits.Guilds,
      GatewayIntentBits.GuildMessages,
      GatewayIntentBits.MessageContent,
    ],
    rest: { api: config.discordApiUrl },
    makeCache: Options.cacheWithLimits(CACHE_LIMITS),
    ws: { buildStrategy: (manager) => new PatientStrategy(manager) },
  });
  const limit = createLogLimit();
  const warn = (facts: { event?: unknown; reason: string }, text: string): void => {
    const level = limit.mayLog(`${text} ${String(facts.event)} ${facts.reason}`) ? 'warn' : 'debug';
    log[level](facts, text);
  };
  discord.on(Events.Error, (error) => {
    warn({ reason: messageOf(error) }, 'discord.js error');
  });
  skipMalformedPackets(discord, warn);
  sendThrough(discord, (path, options) =>
    askPatiently(() => get(path, options), config.discordApiUrl, log),
  );
  return discord;
}

/** @throws the last failure if the failure is not temporary, or if Discord does not answer in time */
async function askPatiently<T>(
  ask: () => Promise<T>,
  apiUrl: string,
  log: Pick<Logger, 'warn'>,
): Promise<T> {
  let failure: unknown;
  const askOnce = async (): Promise<T> => {
    try {
      return await ask();
    } catch (error) {
      failure = error;
      throw error;
    }
  };
  const signal = AbortSignal.timeout(MAX_LOGIN_WAIT_MS);
  return await waitForDiscord(askOnce, { apiUrl, log, signal }).catch(() => {
    // Throw the last failure, because a timeout error would not say why Discord did not answer.
    throw failure;
  });
}

/**
 * Makes discord.js use the REST client of this process. discord.js's own REST client forgets its token after a 401, and
 * sleeps for as long as a 429 asks. discord.js's REST client also sends requests after Cloudflare has refused the IP
 * address. discord.js uses the REST client only to ask for the gateway's URL.
 */
function sendThrough(discord: Discord, get: Get): void {
  discord.rest.request = async ({ fullRoute, method, query }) => {
    if (method !== RequestMethod.Get)
      throw new Error(`ingest sends no ${method} requests to Discord`);
    return await get(fullRoute, { query: Object.fromEntries(query ?? []) });
  };
}

/** The part of discord.js that updates its cache from a packet. discord.js's types do not declare this part. */
interface PacketHandler {
  handlePacket: (packet?: { t?: unknown } | null, shard?: unknown) => boolean;
}

/**
 * Skips packets that discord.js cannot read, so that they do not end the process. A compatible server may leave out a
 * field that discord.js needs. discord.js handles packets in a promise that nobody awaits, so the error would be an
 * unhandled rejection.
 */
function skipMalformedPackets(
  discord: Discord,
  warn: (facts: { event: unknown; reason: string }, text: string) => void,
): void {
  const handler = discord.ws as unknown as PacketHandler;
  const handlePacket = handler.handlePacket.bind(handler);
  handler.handlePacket = (packet, shard) => {
    try {
      return handlePacket(packet, shard);
    } catch (error) {
      warn(
        { event: packet?.t, reason: messageOf(error) },
        'discord.js could not read a gateway event; skipped the event',
      );
      return false;
    }
  };
}
