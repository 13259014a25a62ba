import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createChannelSaver } from '../../src/activities/channel-saver.ts';
import { channelKey, type ChannelRecord } from '../../src/clip/channel-record.ts';
import { serviceFailed } from '../../src/errors.ts';
import { watchPublicChannels } from '../../src/workers/watch-public-channels.ts';
import { PLACE } from '../clip/a-message.ts';
import { createFakePorts } from '../support/fake-ports.ts';

const MINUTE_MS = 60 * 1000;
const HOUR_MS = 60 * MINUTE_MS;
/** An hour until the next look-up, and a round until the watch comes to the channel. */
const MAX_PUBLIC_MS = HOUR_MS + 5 * MINUTE_MS;

const idOf = (n: number): string => String(10n ** 17n + BigInt(n));

/** A worker without any clips, whose time passes as fast as it can. `run` ends at the given time. */
function stage({ channels = 1, maxChannels = 10_000, random = Math.random } = {}) {
  const ports = createFakePorts();
  const time = { nowMs: 0 };
  const lookUps: { id: string; atMs: number }[] = [];
  const isDenied = new Set<string>();
  for (let n = 0; n < channels; n++) {
    ports.discord.addChannel({ ...PLACE, channelId: idOf(n) });
    ports.bucket.put(channelKey(idOf(n)), aChannel(n));
  }
  const discord = {
    ...ports.discord,
    async describeChannel(channelId: string): Promise<ChannelRecord> {
      lookUps.push({ id: channelId, atMs: time.nowMs });
      const found = await ports.discord.describeChannel(channelId);
      return { ...found, Public: !isDenied.has(channelId) };
    },
  };
  const saveChannel = createChannelSaver({ ...ports, discord }, () => time.nowMs);
  const isPublic = (n: number) => (ports.bucket.json(channelKey(idOf(n))) as ChannelRecord).Public;
  /** Calls `onPause` whenever the watch waits. */
  async function run(untilMs: number, onPause: () => void = () => undefined): Promise<void> {
    const watch = watchPublicChannels(
      ports,
      saveChannel,
      {
        now: () => time.nowMs,
        random,
        async pause(ms) {
          for (let turn = 0; turn < 30; turn++) await new Promise(setImmediate);
          onPause();
          time.nowMs += ms;
          if (time.nowMs >= untilMs) watch.stop();
        },
      },
      { maxChannels },
    );
    await watch.stopped;
  }
  return { ports, time, lookUps, isDenied, isPublic, run, saveChannel };
}

function aChannel(n: number, changes: Partial<ChannelRecord> = {}): ChannelRecord {
  const { channelName, guildId, guildName } = PLACE;
  const parent = { Parent_Id: null, Parent_Name: null };
  const own = { Id: idOf(n), Name: channelName, guildId, Guild_Name: guildName ?? null };
  return { ...own, ...parent, Nsfw: false, Public: true, ...changes };
}

describe('the watch of public channels', () => {
  test('if @everyone is denied a channel whose clips are quiet, the channel stops to be public within 65 minutes', async () => {
    for (const deniedAtMs of [0, 17 * MINUTE_MS, 5 * HOUR_MS + 29 * MINUTE_MS]) {
      const { time, isDenied, isPublic, run, ports } = stage();
      const privateAtMs: number[] = [];
      await run(deniedAtMs + 2 * HOUR_MS, () => {
        if (time.nowMs >= deniedAtMs) isDenied.add(idOf(0));
        if (!isPublic(0)) privateAtMs.push(time.nowMs);
      });
      const publicMs = (privateAtMs[0] ?? Infinity) - deniedAtMs;
      assert.ok(publicMs <= MAX_PUBLIC_MS, `public for ${publicMs} ms`);
      const told = ports.news.at(-1);
      assert.ok(told?.kind === 'channel' && !told.channel.Public, 'the catalog is told');
    }
  });

  test('if another worker finds that a channel is no longer public, the catalog is told within 70 minutes, and then no look-up follows', async () => {
    const { ports, lookUps, isDenied, run, time } = stage({ random: () => 0 });
    await run(4 * HOUR_MS, () => {
      if (time.nowMs < 20 * MINUTE_MS || isDenied.size > 0) return;
      isDenied.add(idOf(0));
      ports.bucket.put(channelKey(idOf(0)), aChannel(0, { Public: false, Revision: 2 }));
    });
    const told = ports.news.at(-1);
    assert.ok(told?.kind === 'channel' && !told.channel.Public);
    assert.deepEqual(
      lookUps.map(({ atMs }) => Math.floor(atMs / HOUR_MS)),
      [0, 1],
    );
  });

  test('a channel that is gone or that the bot cannot see stops to be public', async () => {
    const { ports, isPublic, run } = stage();
    ports.bucket.put(channelKey(idOf(7)), aChannel(7));
    await run(HOUR_MS);
    assert.deepEqual([isPublic(0), isPublic(7)], [true, false]);
  });

  test('a channel is looked up once an hour, and not within an hour of the look-up for a clip', async () => {
    const { lookUps, run, time, saveChannel } = stage({ random: () => 0 });
    await run(24 * HOUR_MS, () => {
      if (time.nowMs % (20 * MINUTE_MS) === 0) saveChannel(idOf(0));
    });
    assert.ok(lookUps.length >= 22 && lookUps.length <= 24, `${lookUps.length} look-ups`);
    const pausesMs = lookUps.slice(1).map(({ atMs }, at) => atMs - lookUps[at]!.atMs);
    assert.ok(Math.min(...pausesMs) >= HOUR_MS && Math.max(...pausesMs) <= MAX_PUBLIC_MS);
  });

  test('the look-ups of many channels are spread, and two workers that start together ask at different times', async () => {
    const perMinute = async () => {
      const { lookUps, run } = stage({ channels: 300 });
      await run(HOUR_MS);
      assert.equal(new Set(lookUps.map(({ id }) => id)).size, 300);
      assert.equal(lookUps.length, 300);
      return lookUps;
    };
    const [one, other] = [await perMinute(), await perMinute()];
    for (let minute = 0; minute < 60; minute++) {
      const asked = one.filter(({ atMs }) => Math.floor(atMs / MINUTE_MS) === minute);
      assert.ok(asked.length <= 60, `${asked.length} of 300 in minute ${minute}`);
    }
    const timeOf = new Map(other.map(({ id, atMs }) => [id, atMs]));
    const together = one.filter(({ id, atMs }) => Math.abs(atMs - timeOf.get(id)!) < MINUTE_MS);
    assert.ok(together.length < 200, `${together.length} of 300 at the same time`);
  });

  test('the channels of a guild are looked up within five minutes, because they share their requests', async () => {
    const { lookUps, run } = stage({ channels: 100 });
    await run(2 * HOUR_MS);
    for (const hour of [0, 1]) {
      const times = lookUps
        .filter((_, at) => Math.floor(at / 100) === hour)
        .map(({ atMs }) => atMs);
      assert.equal(times.length, 100);
      assert.ok(Math.max(...times) - Math.min(...times) <= 5 * MINUTE_MS);
    }
  });

  test('private channels, objects that are no channel and channels beyond the bound are not looked up', async () => {
    const { ports, lookUps, run } = stage({ channels: 2, maxChannels: 5 });
    ports.bucket.put(channelKey(idOf(2)), aChannel(2, { Public: false }));
    ports.bucket.put(channelKey(idOf(3)), 'not JSON');
    ports.bucket.put(channelKey(idOf(4)), aChannel(5));
    ports.bucket.put(channelKey(idOf(6)), aChannel(6));
    await run(HOUR_MS);
    assert.deepEqual(new Set(lookUps.map(({ id }) => id)), new Set([idOf(0), idOf(1)]));
    assert.deepEqual(ports.warnings, [
      'only 5 channels are looked up once an hour; the others, with clips',
    ]);
  });

  test('if the bucket or Discord fails, the watch goes on and looks the channel up again within ten minutes', async () => {
    const { ports, lookUps, run } = stage({ random: () => 0 });
    ports.bucket.beforeList.add(serviceFailed('the bucket is away'));
    ports.discord.before.describeChannel.add(serviceFailed('Discord is down'));
    await run(HOUR_MS);
    assert.deepEqual(
      lookUps.map(({ atMs }) => atMs),
      [5 * MINUTE_MS, 10 * MINUTE_MS],
    );
    assert.match(ports.warnings.join('\n'), /which are still public: the bucket is away; trying/);
  });
});
