import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createActivities } from '../../../src/activities/create-activities.ts';
import { failureOf, HISTORY, stage, typeOf } from '../../discord/stage.ts';
import { createFakePorts } from '../../support/fake-ports.ts';
import { attempt } from '../run-activity.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
/** The server's clock, which need not be the clock of the worker. */
const SCHEDULED_MS = Date.UTC(2021, 0, 1);

/** A channel to which Discord denied access 20 seconds ago, and which the bot can read again. */
async function deniedChannel(t: Parameters<typeof stage>[0]) {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
  const { emulator, discord, channel, post } = await stage(t);
  const { id } = post();
  const beDenied = async () => {
    emulator.deny(channel.id, 'VIEW_CHANNEL');
    assert.equal(await typeOf(discord.fetchMessage(channel.id, id)), 'AccessLost');
    emulator.allow(channel.id, 'VIEW_CHANNEL');
  };
  await beDenied();
  t.mock.timers.tick(20 * SECOND_MS);
  const ports = { ...createFakePorts(), discord };
  const { archiveHistoryPage, auditPage } = createActivities(ports);
  /** Runs an attempt of an activity that was scheduled `ageMs` ago. */
  const timesOf = (ageMs: number) => ({
    scheduledTimestampMs: SCHEDULED_MS,
    currentAttemptScheduledTimestampMs: SCHEDULED_MS + ageMs,
  });
  const read = async (cursor: object, ageMs = 0) => {
    const input = { channelId: channel.id, limit: 100, ...cursor };
    return (await attempt(archiveHistoryPage, input, timesOf(ageMs))).started;
  };
  const audit = async (ageMs = 0) => {
    const input = { channelId: channel.id, before: `${BigInt(id) + 1n}` };
    return (await attempt(auditPage, input, timesOf(ageMs))).counts.started;
  };
  return { emulator, channel, ports, beDenied, read, audit };
}

const SWEEP = { newer: { after: '1' } };
const BACKFILL = { older: { before: null, after: null } };

for (const reader of ['sweep', 'backfill', 'audit'] as const) {
  test(`if Discord denied access before the page of ${reader === 'audit' ? 'an' : 'a'} ${reader} was due, the page is read when the minute after the denial is over`, async (t) => {
    const { emulator, ports, read, audit } = await deniedChannel(t);
    const readPage = (ageMs?: number) =>
      reader === 'audit' ? audit(ageMs) : read(reader === 'sweep' ? SWEEP : BACKFILL, ageMs);
    const { type, delayMs, message } = await failureOf(readPage());
    assert.deepEqual([type, delayMs], ['RateLimited', 40 * SECOND_MS]);
    assert.match(message, /^Discord denied access to this channel a moment ago; retrying in 40 s/);
    assert.equal(emulator.stats.requests(HISTORY), 0);

    t.mock.timers.tick(40 * SECOND_MS);
    assert.equal(await readPage(40 * SECOND_MS), 1);
    assert.equal(ports.starts.length, 1);
  });
}

test('if Discord denies access after a page of history was due, the page fails without a request', async (t) => {
  const { emulator, beDenied, read, audit } = await deniedChannel(t);
  assert.equal(await typeOf(read(SWEEP)), 'RateLimited');
  t.mock.timers.tick(40 * SECOND_MS);
  await beDenied();
  t.mock.timers.tick(SECOND_MS);
  const ageMs = 41 * SECOND_MS;
  assert.equal(await typeOf(read(SWEEP, ageMs)), 'AccessLost');
  assert.equal(await typeOf(read(BACKFILL, ageMs)), 'AccessLost');
  assert.equal(await typeOf(audit(ageMs)), 'AccessLost');
  assert.equal(emulator.stats.requests(HISTORY), 0);
});

test('if Discord denies access to a sweep itself, the sweep does not wait', async (t) => {
  const { emulator, channel, read } = await deniedChannel(t);
  t.mock.timers.tick(MINUTE_MS);
  await read(SWEEP);
  emulator.deny(channel.id, 'VIEW_CHANNEL');
  assert.equal(await typeOf(read(SWEEP)), 'AccessLost');
  assert.equal(emulator.stats.requests(HISTORY), 2);
});
