import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DiscordAPIError, HTTPError, type Client } from 'discord.js';
import { createPlaces } from '../../src/ingest/watched-channels.ts';

const [CHANNEL, THREAD, UNKNOWN] = ['1196521684992000058', '1196521684992000060', '999'];

const guild = {
  id: '442294389964800640',
  name: 'Clip club',
  channels: { cache: new Map([[CHANNEL, { id: CHANNEL, name: 'overtime' }]]) },
  roles: { cache: new Map<string, unknown>() },
};
const aChannel = (id: string, name: string, parentId: string | null = null) => ({
  id,
  name,
  guild,
  parentId,
  isThread: () => parentId !== null,
  isDMBased: () => false,
});

/** A client that knows a channel, and fetches what it is told to. */
function stage(channelIds: string[], fetch: () => Promise<unknown> = () => Promise.resolve(null)) {
  const cached = aChannel(CHANNEL, 'overtime');
  // discord.js's collections map to arrays.
  const collection = (map: Map<string, unknown>) =>
    Object.assign(map, {
      map: (of: (value: never) => unknown) => [...map.values()].map(of as never),
    });
  collection(guild.channels.cache);
  collection(guild.roles.cache);
  const channels = { cache: new Map([[CHANNEL, cached]]), fetch };
  const client = { channels, user: { id: '7' } } as unknown as Client;
  return createPlaces(client, channelIds);
}

const refusal = (status: number): DiscordAPIError =>
  new DiscordAPIError({ code: 10003, message: 'no' }, 10003, status, 'GET', '/channels/999', {});

describe('places', () => {
  test('are the channels that were asked for, or all, with their names', async () => {
    const place = await stage([CHANNEL]).of(CHANNEL);
    assert.deepEqual(
      [place?.channelName, place?.guildName, place?.selfId, place?.findChannelName?.(CHANNEL)],
      ['overtime', 'Clip club', '7', 'overtime'],
    );
    assert.ok(await stage([]).of(CHANNEL));
    assert.equal(await stage(['1283675776780079999']).of(CHANNEL), null);
  });

  test('include threads of the channels that were asked for, which must be fetched', async () => {
    const thread = () => Promise.resolve(aChannel(THREAD, 'best of', CHANNEL));
    assert.equal((await stage([CHANNEL], thread).of(THREAD))?.channelName, 'best of');
    assert.equal((await stage([THREAD], thread).of(THREAD))?.channelName, 'best of');
    assert.equal(await stage(['1283675776780079999'], thread).of(THREAD), null);
  });

  test('are none where Discord knows no such channel, or shows it to others only', async () => {
    for (const status of [403, 404]) {
      const places = stage([], () => Promise.reject(refusal(status)));
      assert.equal(await places.of(UNKNOWN), null, String(status));
    }
    assert.equal(await stage([]).of(UNKNOWN), null);
  });

  // Else a clip in a thread that discord.js has not cached would be lost to a moment's trouble.
  test('are not said to be none where Discord could not be asked', async () => {
    const faults = [
      refusal(429),
      new HTTPError(503, 'Service Unavailable', 'GET', '/channels/999', {}),
      new TypeError('fetch failed'),
    ];
    for (const fault of faults) {
      await assert.rejects(stage([], () => Promise.reject(fault)).of(UNKNOWN), fault);
    }
  });
});
