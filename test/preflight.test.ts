import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { parseConfig } from '../src/config.ts';
import { preflight, type Need } from '../src/preflight.ts';
import { startEmulator } from '../src/emulator/emulator.ts';
import { stage as stageDiscord, TOKEN } from './discord/stage.ts';
import { freePort } from './support/free-port.ts';
import { until } from './support/wait.ts';

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

  test('if Discord is unreachable at startup, startup logs each try and continues when Discord answers', async (t) => {
    const port = await freePort();
    const warnings: string[] = [];
    const config = parseConfig({ TOKEN, DISCORD_API_URL: `http://127.0.0.1:${port}/api` });
    const log = { warn: (line: unknown) => void warnings.push(String(line)) };
    const starting = preflight(config, ['discord'], log);
    await until('the first warning', () => warnings.length > 0);
    assert.match(
      warnings[0] ?? '',
      /^waiting for Discord at http:\/\/127\.0\.0\.1:\d+\/api: Discord is unreachable: ECONNREFUSED .*; asking again in 2 s$/,
    );
    const emulator = await startEmulator({ port, token: TOKEN });
    t.after(() => emulator.stop());
    await starting;
    assert.ok(warnings.length <= 3, warnings.join('\n'));
  });

  test('if the process is told to stop while startup waits for Discord, the wait ends', async () => {
    const controller = new AbortController();
    const config = parseConfig({ TOKEN, DISCORD_API_URL: 'http://127.0.0.1:1/api' });
    const log = {
      warn() {
        controller.abort();
      },
    };
    await assert.rejects(preflight(config, ['discord'], log, controller.signal), {
      name: 'AbortError',
    });
  });
});
