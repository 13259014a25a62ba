import type { Config } from '../config.ts';
import { inspectDiscord, type DiscordInspection } from '../discord/check-discord.ts';
import { findingOf, type Finding } from './finding.ts';

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
  findings.push(...(await channels(inspection, channelIds)));
  if (channelIds.length === 0) {
    const says = 'every channel that the bot can read (CHANNEL_IDS names none)';
    findings.push({ check: 'channels', state: 'ok', says });
  }
  return findings;
}

/** One channel that can't be read keeps none of the others from being archived. */
async function channels(
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
