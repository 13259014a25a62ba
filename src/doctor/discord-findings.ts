import { type Config, needsDiscord } from '../config.ts';
import { inspectDiscord, type DiscordInspection } from '../discord/check-discord.ts';
import {
  isAllowedGuild,
  listGuildNames,
  warnOfGuilds,
  warnOfMissingGuilds,
} from '../discord/guilds.ts';
import { MISSING_INTENT } from '../discord/intent.ts';
import { messageOf } from '../errors.ts';
import { allChannelFindings, namedChannelFindings } from './channel-findings.ts';
import { runCheck, type Finding } from './finding.ts';

/** Checks the token, the intent, the servers that the bot is in, and whether the bot can read the channels' histories. */
export async function discordFindings(config: Config): Promise<Finding[]> {
  const { token, channelIds, guildIds, excludeChannelIds } = config;
  if (!needsDiscord(config)) {
    const says = 'not checked: a worker that only makes thumbnails needs no access to Discord';
    return [{ check: 'Discord', state: 'ok', says }];
  }
  if (token === null) {
    const says = 'using the demo Discord: set TOKEN to use the real Discord';
    return [{ check: 'Discord', state: 'ok', says }];
  }
  const inspection = inspectDiscord({
    token,
    apiUrl: config.discordApiUrl,
    requestsPerSecond: config.discordRequestsPerSecond,
    guildIds,
    excludeChannelIds,
  });
  const tokenFinding = await runCheck(
    'Discord token',
    async () => `belongs to ${await inspection.username()}`,
  );
  if (tokenFinding.state === 'fault') return [tokenFinding];
  const intentFinding = await runCheck('message content intent', async () => {
    await inspection.messageContentIntent(channelIds).catch(addWhatIntentHides);
    return 'granted';
  });
  const guildFindings = [
    await serversFinding(inspection, config),
    ...(await membersFindings(inspection)),
  ];
  const channelFindings =
    channelIds.length === 0
      ? await allChannelFindings(inspection)
      : await namedChannelFindings(inspection, channelIds);
  return [tokenFinding, intentFinding, ...guildFindings, ...channelFindings];
}

/** @throws the error, which also says what Discord hides if the cause is the missing intent */
function addWhatIntentHides(error: unknown): never {
  const message = messageOf(error);
  if (!message.startsWith(MISSING_INTENT)) throw error;
  throw new Error(
    `${message}. Without the intent, Discord hides the text and the files of all messages, so Everclip finds no clip`,
    { cause: error },
  );
}

/**
 * An app that this many users can see needs a yearly review of its privileged intents, such as Message Content.
 * Source: https://docs.discord.com/developers/gateway/getting-started-with-privileged-intent-review
 */
const MEMBERS_WITH_REVIEW = 10_000;

/** The doctor warns from this number of members, because a review takes time. */
const MANY_MEMBERS = 0.8 * MEMBERS_WITH_REVIEW;

/** Warns if Discord will soon review the app. Finds nothing if the server does not count members. */
async function membersFindings(inspection: DiscordInspection): Promise<Finding[]> {
  const members = await inspection.members().catch(() => null);
  if (members === null || members < MANY_MEMBERS) return [];
  const says = `the bot's servers have about ${members} members together. From 10000 users on, Discord reviews the Message Content intent every year: apply in Discord's developer portal (your application, Bot), or remove the bot from servers that you don't archive`;
  return [{ check: 'members', state: 'warning', says }];
}

/** Warns if a server may be archived by surprise, or if a server of GUILD_IDS can't be archived. */
async function serversFinding(
  inspection: DiscordInspection,
  { guildIds, channelIds }: Pick<Config, 'guildIds' | 'channelIds'>,
): Promise<Finding> {
  const check = 'servers';
  try {
    const guilds = await inspection.guilds();
    const risk = warnOfGuilds(guilds, { guildIds, channelIds });
    if (risk !== null) return { check, state: 'warning', says: risk };
    const missing = warnOfMissingGuilds(guilds, guildIds);
    if (missing !== null) return { check, state: 'warning', says: missing };
    const allowed = guilds.filter(({ id }) => isAllowedGuild(guildIds, id));
    const others = guilds.length - allowed.length;
    const ignored = others === 0 ? '' : `; servers that GUILD_IDS leaves out: ${others}`;
    return { check, state: 'ok', says: `may archive ${listGuildNames(allowed)}${ignored}` };
  } catch (error) {
    // A compatible server may not let the bot list its servers.
    return { check, state: 'warning', says: `not checked: ${messageOf(error)}` };
  }
}
