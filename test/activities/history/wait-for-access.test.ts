import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createActivities } from '../../../src/activities/create-activities.ts';
import { failureOf, HISTORY, stage, typeOf } from '../../discord/stage.ts';
import { createFakePorts } from '../../support/fake-ports.ts';
import { attempt } from '../run-activity.ts';

const MINUTE_MS = 60 * 1000;

/** A channel to which Discord denied access 20 seconds ago, and which the bot can read again. */
async function deniedChannel(t: Parameters<typeof stage>[0]) {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
  const { emulator, discord, channel, post } = await stage(t);
  const { id } = post();
  emulator.deny(channel.id, 'VIEW_CHANNEL');
  assert.equal(await typeOf(discord.fetchMessage(channel.id, id)), 'AccessLost');
  emulator.allow(channel.id, 'VIEW_CHANNEL');
  t.mock.timers.tick(20_000);
  const ports = { ...createFakePorts(), discord };
  const { archiveHistoryPage } = createActivities(ports);
  const read = (cursor: object, number: number) =>
    attempt(
      archiveHistoryPage,
      { channelId: channel.id, limit: 100, ...cursor },
      {
        attempt: number,
      },
    );
  return { emulator, ports, read };
}

const SWEEP = { newer: { after: '1' } };

test('a sweep that begins less than a minute after a denial reads the channel when the minute is over', async (t) => {
  const { emulator, ports, read } = await deniedChannel(t);
  const { type, delayMs, message } = await failureOf(read(SWEEP, 1));
  assert.deepEqual([type, delayMs], ['RateLimited', MINUTE_MS - 20_000]);
  assert.match(message, /^Discord denied access to this channel a moment ago; retrying in 40 s/);
  assert.equal(emulator.stats.requests(HISTORY), 0);

  t.mock.timers.tick(MINUTE_MS - 20_000);
  assert.equal((await read(SWEEP, 2)).started, 1);
  assert.equal(ports.starts.length, 1);
});

test('a sweep waits at most three times, and a backfill does not wait', async (t) => {
  const { read } = await deniedChannel(t);
  assert.equal(await typeOf(read(SWEEP, 3)), 'RateLimited');
  assert.equal(await typeOf(read(SWEEP, 4)), 'AccessLost');
  assert.equal(await typeOf(read({ older: { before: null, after: null } }, 1)), 'AccessLost');
});

test('if Discord denies access to a sweep itself, the sweep does not wait', async (t) => {
  const { emulator, read } = await deniedChannel(t);
  t.mock.timers.tick(MINUTE_MS);
  await read(SWEEP, 1);
  const [channel] = emulator.channels;
  emulator.deny(channel!.id, 'VIEW_CHANNEL');
  assert.equal(await typeOf(read(SWEEP, 1)), 'AccessLost');
  assert.equal(emulator.stats.requests(HISTORY), 2);
});
