import type { Config } from '../config.ts';
import { inspectDiscord, type DiscordInspection } from '../discord/check-discord.ts';
import type { ChannelSurvey } from '../discord/channels.ts';
import { findingOf, findingsOf, type Finding } from './finding.ts';

/** Is the token right, do messages come with their attachments, and can each channel's history be read? */
export async function checkDiscordWell(config: Config): Promise<Finding[]> {
  const { token, channelIds } = config;
  if (token === null) {
    return [{ check: 'Discord', state: 'ok', says: 'the demo: set TOKEN for the real one' }];
  }
  const inspection = inspectDiscord({
    token,
    apiUrl: config.discordApiUrl,
    requestsPerSecond: config.discordRequestsPerSecond,
  });
  const who = await findingOf('Discord token', async () => `of ${await inspection.username()}`);
  if (who.state === 'fault') return [who];
  const findings = [
    who,
    await findingOf('message content intent', async () => {
      await inspection.messageContentIntent();
      return 'granted';
    }),
  ];
  const channels =
    channelIds.length === 0
      ? findingsOf('channels', async () => [allChannels(await inspection.channels())])
      : namedChannels(inspection, channelIds);
  return [...findings, ...(await channels)];
}

/** One channel that can't be read keeps none of the others from being archived. */
async function namedChannels(
  inspection: DiscordInspection,
  channelIds: readonly string[],
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const channelId of channelIds) {
    findings.push(
      await findingOf(
        `channel ${channelId}`,
        async () => `#${await inspection.channel(channelId)} can be read`,
      ),
    );
  }
  return findings.some(({ state }) => state === 'ok')
    ? findings.map((finding) =>
        finding.state === 'fault' ? { ...finding, state: 'warning' } : finding,
      )
    : findings;
}

/** CHANNEL_IDS names none: all that can be read are watched, and it should be seen which ones can't. */
function allChannels({ readable, withoutHistory, hidden }: ChannelSurvey): Finding {
  const check = 'channels';
  const seen = `${readable.length} can be read (CHANNEL_IDS names none)`;
  const unseen = hidden.length === 0 ? '' : `; hidden from the bot: ${hidden.join(', ')}`;
  if (withoutHistory.length > 0) {
    return {
      ...{ check, state: 'warning' },
      says: `${seen}; give the bot Read Message History in ${withoutHistory.join(', ')}${unseen}`,
    };
  }
  return readable.length > 0
    ? { check, state: 'ok', says: `${seen}${unseen}` }
    : {
        ...{ check, state: 'fault' },
        says: `the bot can read no channel: invite it, and give it View Channel and Read Message History${unseen}`,
      };
}
