import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { parseConfig } from '../src/config.ts';
import { preflight, type Need } from '../src/preflight.ts';
import { stage as stageDiscord, TOKEN } from './discord/stage.ts';

/**
 * Starts an emulated Discord in which the bot can read `channel` but not `lost`. `check` runs a preflight and returns
 * its warnings.
 */
async function stage(t: TestContext) {
  const { emulator, guild, channel } = await stageDiscord(t);
  const lost = emulator.addChannel({ guildId: guild.id, name: 'lost' });
  emulator.deny(lost.id, 'READ_MESSAGE_HISTORY');
  const check = async (need: Need, channelIds: string[], token = TOKEN): Promise<string[]> => {
    const warnings: string[] = [];
    const config = parseConfig({
      TOKEN: token,
      DISCORD_API_URL: emulator.apiUrl,
      CHANNEL_IDS: channelIds.join(','),
    });
    await preflight(config, [need], { warn: (line: unknown) => void warnings.push(String(line)) });
    return warnings;
  };
  return { check, channel, lost };
}

describe('preflight', () => {
  test('if one of two channels is unreadable, ingest starts and warns about that channel', async (t) => {
    const { check, channel, lost } = await stage(t);
    assert.deepEqual(await check('channels', [channel.id]), []);
    const [warning, ...others] = await check('channels', [lost.id, channel.id]);
    assert.match(
      warning ?? '',
      /cannot read #lost: grant it .* there; watching the other channels$/,
    );
    assert.deepEqual(others, []);
  });

  test('if all configured channels are unreadable, ingest does not start', async (t) => {
    const { check, lost } = await stage(t);
    await assert.rejects(check('channels', [lost.id]), /cannot read #lost: grant it Read Message/);
  });

  test('a worker starts even if all channels are unreadable, but not if the token is wrong', async (t) => {
    const { check, lost } = await stage(t);
    assert.deepEqual(await check('discord', [lost.id]), []);
    await assert.rejects(check('discord', [lost.id], 'wrong'), /rejected the bot token: set TOKEN/);
  });
});
