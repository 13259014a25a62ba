import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { parseConfig } from '../src/config.ts';
import { preflight, type Need } from '../src/preflight.ts';
import { stage as stageDiscord, TOKEN } from './discord/stage.ts';

/** A bot that can read one of its two channels; `look` tells what is warned of. */
async function stage(t: TestContext) {
  const { emulator, guild, channel } = await stageDiscord(t);
  const lost = emulator.addChannel({ guildId: guild.id, name: 'lost' });
  emulator.deny(lost.id, 'READ_MESSAGE_HISTORY');
  const look = async (need: Need, channelIds: string[], token = TOKEN): Promise<string[]> => {
    const warnings: string[] = [];
    const config = parseConfig({
      ...{ TOKEN: token, DISCORD_API_URL: emulator.apiUrl, CHANNEL_IDS: channelIds.join(',') },
    });
    await preflight(config, [need], { warn: (line: unknown) => void warnings.push(String(line)) });
    return warnings;
  };
  return { look, channel, lost };
}

describe('what is looked at before the start', () => {
  test('lets ingest start without a lost channel, and warns of it', async (t) => {
    const { look, channel, lost } = await stage(t);
    assert.deepEqual(await look('channels', [channel.id]), []);
    const [warning, ...others] = await look('channels', [lost.id, channel.id]);
    assert.match(warning ?? '', /may not read #lost: give it .* there; the other channels are/);
    assert.deepEqual(others, []);
  });

  test('stops ingest where it could read no channel', async (t) => {
    const { look, lost } = await stage(t);
    await assert.rejects(look('channels', [lost.id]), /may not read #lost: give it Read Message/);
  });

  test('lets a worker start whatever channels are lost, but not with a wrong token', async (t) => {
    const { look, lost } = await stage(t);
    assert.deepEqual(await look('discord', [lost.id]), []);
    await assert.rejects(look('discord', [lost.id], 'wrong'), /rejected the bot token: set TOKEN/);
  });
});
