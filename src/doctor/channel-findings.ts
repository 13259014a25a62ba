import type { ChannelSurvey } from '../discord/channels/survey.ts';
import type { DiscordInspection } from '../discord/check-discord.ts';
import { messageOf } from '../errors.ts';
import { runCheck, runChecks, type Finding } from './finding.ts';

/** How many channels a line names, and how many readable channels of CHANNEL_IDS get a line each. */
const MAX_NAMED = 20;

/** Reports on all channels. Used if CHANNEL_IDS is empty, because every readable channel is watched then. */
export async function allChannelFindings(inspection: DiscordInspection): Promise<Finding[]> {
  return await runChecks('channels', async () => {
    const survey = await inspection.channels([]);
    return [surveyFinding(survey), ...permissionFindings(survey)];
  });
}

/**
 * Checks the channels of CHANNEL_IDS, and the permissions in every channel that these ids stand for. If at least one
 * channel is readable, unreadable channels are only warnings.
 */
export async function namedChannelFindings(
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
  const readable = findings.filter(({ state }) => state === 'ok');
  if (readable.length === 0) return findings;
  const unreadable = findings
    .filter(({ state }) => state === 'fault')
    .map((finding): Finding => ({ ...finding, state: 'warning' }));
  return [...shorten(readable), ...unreadable, ...(await watchedFindings(inspection, channelIds))];
}

/** Returns the findings of readable channels, or one finding in place of many. */
function shorten(readable: readonly Finding[]): readonly Finding[] {
  if (readable.length <= MAX_NAMED) return readable;
  const says = `the bot can read ${readable.length} channels of CHANNEL_IDS`;
  return [{ check: 'channels', state: 'ok', says }];
}

/** Checks the channels that the ids stand for. Some compatible servers don't list the bot's guilds. */
async function watchedFindings(
  inspection: DiscordInspection,
  channelIds: readonly string[],
): Promise<Finding[]> {
  try {
    return permissionFindings(await inspection.channels(channelIds));
  } catch (error) {
    return [{ check: 'permissions', state: 'warning', says: `not checked: ${messageOf(error)}` }];
  }
}

function surveyFinding({ readable }: ChannelSurvey): Finding {
  const check = 'channels';
  if (readable.length === 0) {
    const says =
      'the bot cannot read any channel: invite it and grant it View Channel and Read Message History';
    return { check, state: 'fault', says };
  }
  const says = `readable channels: ${readable.length}; all are watched because CHANNEL_IDS is empty`;
  return { check, state: 'ok', says };
}

/**
 * Names each missing permission and what it hides. A channel that is hidden on purpose is common, and so is a bot without
 * Manage Threads. So these two findings are no warnings.
 */
function permissionFindings(survey: ChannelSurvey): Finding[] {
  const rows = [
    {
      permission: 'View Channel',
      channels: survey.hidden,
      state: 'ok',
      hides: 'Everclip archives nothing there',
    },
    {
      permission: 'Read Message History',
      channels: survey.withoutHistory,
      state: 'warning',
      hides: 'sweeps and backfills find no clip there, and links are not refreshed',
    },
    {
      permission: 'Connect',
      channels: survey.withoutConnect,
      state: 'warning',
      hides: 'Everclip cannot read the chats of these voice channels',
    },
    {
      permission: 'Manage Threads',
      channels: survey.withoutManageThreads,
      state: 'ok',
      hides: 'private archived threads that the bot has not joined are not archived',
    },
  ] as const;
  return rows
    .filter(({ channels }) => channels.length > 0)
    .map(({ permission, channels, state, hides }) => ({
      check: 'permissions',
      state,
      says: `the bot lacks ${permission} in ${listNames(channels)}: ${hides}`,
    }));
}

/** Returns the names, such as `#overtime, #finals and 130 more`. */
function listNames(names: readonly string[]): string {
  const others = names.length - MAX_NAMED;
  const named = names.slice(0, MAX_NAMED).join(', ');
  return others > 0 ? `${named} and ${others} more` : named;
}
