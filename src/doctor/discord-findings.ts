import { type Config, needsDiscord } from '../config.ts';
import { inspectDiscord, type DiscordInspection } from '../discord/check-discord.ts';
import type { ChannelSurvey } from '../discord/channels.ts';
import {
  isAllowedGuild,
  listGuildNames,
  warnOfGuilds,
  warnOfMissingGuilds,
} from '../discord/guilds.ts';
import { messageOf } from '../errors.ts';
import { runCheck, runChecks, type Finding } from './finding.ts';

/** Checks the token, the intent, the servers that the bot is in, and whether the bot can read the channels' histories. */
export async function discordFindings(config: Config): Promise<Finding[]> {
  const { token, channelIds, guildIds } = config;
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
  });
  const tokenFinding = await runCheck(
    'Discord token',
    async () => `belongs to ${await inspection.username()}`,
  );
  if (tokenFinding.state === 'fault') return [tokenFinding];
  const intentFinding = await runCheck('message content intent', async () => {
    await inspection.messageContentIntent(channelIds);
    return 'granted';
  });
  const guildFinding = await serversFinding(inspection, config);
  const channelFindings =
    channelIds.length === 0
      ? await runChecks('channels', async () => [surveyFinding(await inspection.channels())])
      : await namedChannelFindings(inspection, channelIds);
  return [tokenFinding, intentFinding, guildFinding, ...channelFindings];
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

/** Checks the channels of CHANNEL_IDS. If at least one channel is readable, unreadable channels are only warnings. */
async function namedChannelFindings(
  inspection: DiscordInspection,
  channelIds: readonly string[],
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const channelId of channelIds) {
    findings.push(
      await runCheck(
        `channel ${channelId}`,
        async () => `the bot can read #${await inspection.channel(channelId)}`,
      ),
    );
  }
  if (!findings.some(({ state }) => state === 'ok')) return findings;
  return findings.map((finding) =>
    finding.state === 'fault' ? { ...finding, state: 'warning' } : finding,
  );
}

/** Reports on all channels. Used if CHANNEL_IDS is empty, because every readable channel is watched then. */
function surveyFinding(survey: ChannelSurvey): Finding {
  const { readable, withoutHistory, withoutConnect, hidden } = survey;
  const check = 'channels';
  const watched = `readable channels: ${readable.length}; all are watched because CHANNEL_IDS is empty`;
  const others = hidden.length === 0 ? '' : `; hidden from the bot: ${hidden.join(', ')}`;
  const advice = [
    { permission: 'Read Message History', channels: withoutHistory },
    { permission: 'Connect', channels: withoutConnect },
  ]
    .filter(({ channels }) => channels.length > 0)
    .map(({ permission, channels }) => `; grant the bot ${permission} in ${channels.join(', ')}`);
  if (advice.length > 0) {
    return { check, state: 'warning', says: `${watched}${advice.join('')}${others}` };
  }
  if (readable.length > 0) return { check, state: 'ok', says: `${watched}${others}` };
  return {
    check,
    state: 'fault',
    says: `the bot cannot read any channel: invite it and grant it View Channel and Read Message History${others}`,
  };
}
