import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createChannelSaver } from '../../src/activities/channel-saver.ts';
import { createActivities } from '../../src/activities/create-activities.ts';
import { channelKey } from '../../src/clip/channel-record.ts';
import { invalidInput, serviceFailed } from '../../src/errors.ts';
import { noMetrics } from '../../src/metrics.ts';
import { aMessage, PLACE } from '../clip/a-message.ts';
import { createFakePorts } from '../support/fake-ports.ts';
import { aState, attempt } from './run-activity.ts';

const CHANNEL = PLACE.channelId;
const KEY = channelKey(CHANNEL);
const MINUTE_MS = 60 * 1000;

/** Creates a saver with a clock of its own. `settle` waits until all look-ups are done. */
function stage() {
  const ports = createFakePorts();
  const outcomes: string[] = [];
  const metrics = {
    ...noMetrics,
    channelSaved: (outcome: string) => void outcomes.push(outcome),
  };
  const clock = { nowMs: 0 };
  const saveChannel = createChannelSaver({ ...ports, metrics }, () => clock.nowMs);
  ports.discord.addChannel(PLACE);
  const lookUps = () => ports.discord.calls.filter((call) => call === 'describeChannel').length;
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
  };
  return { ports, outcomes, clock, saveChannel, lookUps, settle };
}

describe('channel saver', () => {
  test('the first clip of a channel stores its names, and the catalog is told with the version of the object', async () => {
    const { ports, outcomes, saveChannel, settle } = stage();
    saveChannel(CHANNEL);
    await settle();
    const channel = {
      Id: CHANNEL,
      Name: PLACE.channelName,
      guildId: PLACE.guildId,
      Guild_Name: PLACE.guildName,
      Parent_Id: null,
      Parent_Name: null,
      Nsfw: false,
      Public: true,
      Revision: 1,
    };
    assert.deepEqual(ports.bucket.json(KEY), channel);
    const [write] = ports.bucket.writes;
    assert.deepEqual([write?.contentType, write?.cacheControl], ['application/json', 'no-cache']);
    const version = (await ports.bucket.read(KEY))?.generation;
    assert.deepEqual(ports.news, [{ kind: 'channel', key: KEY, version, channel }]);
    assert.deepEqual(outcomes, ['written']);
  });

  test('a thousand clips of one channel cause one look-up an hour', async () => {
    const { saveChannel, lookUps, settle, clock } = stage();
    for (let clip = 0; clip < 1000; clip++) saveChannel(CHANNEL);
    await settle();
    for (let clip = 0; clip < 1000; clip++) saveChannel(CHANNEL);
    clock.nowMs = 60 * MINUTE_MS - 1;
    saveChannel(CHANNEL);
    await settle();
    assert.equal(lookUps(), 1);
    clock.nowMs += 1;
    saveChannel(CHANNEL);
    await settle();
    assert.equal(lookUps(), 2);
  });

  test('if nothing changed, nothing is written and the catalog is told again; if a name changed, the object is replaced', async () => {
    const { ports, outcomes, saveChannel, settle, clock } = stage();
    for (const name of [PLACE.channelName, PLACE.channelName, 'renamed']) {
      ports.discord.addChannel({ ...PLACE, channelName: name });
      saveChannel(CHANNEL);
      await settle();
      clock.nowMs += 60 * MINUTE_MS;
    }
    assert.deepEqual(outcomes, ['written', 'unchanged', 'written']);
    assert.equal((ports.bucket.json(KEY) as { Name: string }).Name, 'renamed');
    assert.equal(ports.bucket.writes.length, 2);
    const [first, again, renamed] = ports.news;
    assert.deepEqual(again, first);
    assert.ok(renamed?.kind === 'channel' && renamed.channel.Name === 'renamed');
  });

  test('each write of a channel has the revision that follows that of the stored object', async () => {
    const { ports, saveChannel, settle, clock } = stage();
    for (const stored of [{ Revision: 7 }, { Revision: 'many' }, {}]) {
      ports.bucket.put(KEY, { Id: CHANNEL, Name: 'older', ...stored });
      saveChannel(CHANNEL);
      await settle();
      clock.nowMs += 60 * MINUTE_MS;
    }
    const revisions = ports.news.map((news) => news.kind === 'channel' && news.channel.Revision);
    assert.deepEqual(revisions, [8, 1, 1]);
    assert.equal((ports.bucket.json(KEY) as { Revision: number }).Revision, 1);
  });

  test('an object that is not a channel record is replaced', async () => {
    const { ports, saveChannel, settle } = stage();
    ports.bucket.put(KEY, 'not JSON');
    saveChannel(CHANNEL);
    await settle();
    assert.equal((ports.bucket.json(KEY) as { Id: string }).Id, CHANNEL);
  });

  test('if another worker writes at the same time, the save compares with the other object and tries again', async () => {
    const { ports, outcomes, saveChannel, settle } = stage();
    ports.bucket.beforeWrite.add(() => {
      ports.bucket.put(KEY, { Id: CHANNEL, Name: 'older' });
    });
    saveChannel(CHANNEL);
    await settle();
    assert.deepEqual(
      ports.bucket.writes.map(({ isDone }) => isDone),
      [false, true],
    );
    assert.equal((ports.bucket.json(KEY) as { Name: string }).Name, PLACE.channelName);
    assert.deepEqual(outcomes, ['written']);
  });

  test('if Discord no longer shows the bot a public channel, the record keeps its names but is no longer public', async () => {
    const { ports, outcomes, saveChannel, settle } = stage();
    saveChannel(CHANNEL);
    await settle();
    ports.discord.before.describeChannel.add(invalidInput('the bot cannot see the channel'));
    saveChannel(CHANNEL, { isUnreachable: true });
    await settle();
    const { Name, Public } = ports.bucket.json(KEY) as { Name: string; Public: boolean };
    assert.deepEqual({ Name, Public }, { Name: PLACE.channelName, Public: false });
    assert.equal(ports.news.length, 2);
    assert.deepEqual(outcomes, ['written', 'written']);
  });

  test('a thousand clips that become unreachable at once cause one more look-up', async () => {
    const { ports, saveChannel, lookUps, settle } = stage();
    saveChannel(CHANNEL);
    await settle();
    for (let clip = 0; clip < 1000; clip++) {
      ports.discord.before.describeChannel.add(invalidInput('the bot cannot see the channel'));
      saveChannel(CHANNEL, { isUnreachable: true });
      await new Promise(setImmediate);
    }
    assert.equal(lookUps(), 2);
  });

  test('if a clip becomes unreachable while its channel is looked up, one more look-up follows', async () => {
    const { ports, saveChannel, lookUps, settle } = stage();
    saveChannel(CHANNEL);
    ports.discord.before.describeChannel.add(invalidInput('the bot cannot see the channel'));
    for (let clip = 0; clip < 10; clip++) saveChannel(CHANNEL, { isUnreachable: true });
    await settle();
    assert.equal(lookUps(), 2);
  });

  test('if the look-up for an unreachable clip fails, the next call after five minutes repeats it', async () => {
    const { ports, saveChannel, lookUps, settle, clock } = stage();
    saveChannel(CHANNEL);
    await settle();
    ports.discord.before.describeChannel.add(serviceFailed('Discord is down'));
    saveChannel(CHANNEL, { isUnreachable: true });
    await settle();
    saveChannel(CHANNEL);
    await settle();
    assert.equal(lookUps(), 2);
    clock.nowMs += 5 * MINUTE_MS;
    saveChannel(CHANNEL);
    await settle();
    assert.equal(lookUps(), 3);
  });

  test('a channel that was never visible gets no record', async () => {
    const { ports, outcomes, saveChannel, settle } = stage();
    saveChannel('999999999999999999');
    await settle();
    assert.deepEqual(ports.bucket.writes, []);
    assert.deepEqual(outcomes, ['hidden']);
  });

  test('a failed look-up is logged once per channel, counted, and repeated after five minutes', async () => {
    const { ports, outcomes, saveChannel, lookUps, settle, clock } = stage();
    for (let failure = 1; failure <= 3; failure++) {
      ports.discord.before.describeChannel.add(serviceFailed('Discord is down'));
      saveChannel(CHANNEL);
      await settle();
      saveChannel(CHANNEL);
      await settle();
      assert.equal(lookUps(), failure);
      clock.nowMs += 5 * MINUTE_MS;
    }
    saveChannel(CHANNEL);
    await settle();
    assert.deepEqual(outcomes, ['failed', 'failed', 'failed', 'written']);
    assert.equal(ports.warnings.length, 1);
    assert.match(ports.warnings[0] ?? '', /channel \d+: Discord is down; retrying with/);
  });

  test('if thousands of channels appear at once, two look-ups run at a time and at most 500 channels wait', async () => {
    const { ports, settle } = stage();
    let running = 0;
    let most = 0;
    const discord = {
      ...ports.discord,
      describeChannel: async (channelId: string) => {
        most = Math.max(most, ++running);
        await new Promise(setImmediate);
        running -= 1;
        return await ports.discord.describeChannel(channelId);
      },
    };
    const save = createChannelSaver({ ...ports, discord });
    for (let channel = 0; channel < 3000; channel++) save(String(10n ** 17n + BigInt(channel)));
    for (let turn = 0; turn < 20; turn++) await settle();
    assert.equal(most, 2);
    assert.equal(ports.discord.calls.length, 502);
  });
});

describe('the channel saver in activities', () => {
  test('a write of a record, a refetch and a page of history each save the channel', async () => {
    for (const run of [
      ({ persist }: ReturnType<typeof createActivities>) =>
        attempt(persist, { state: aState(), adopt: true, earlierAttempts: 0 }),
      ({ refetch }: ReturnType<typeof createActivities>) =>
        attempt(refetch, { state: aState(), adopt: false }),
      ({ archiveHistoryPage }: ReturnType<typeof createActivities>) =>
        attempt(archiveHistoryPage, {
          channelId: CHANNEL,
          limit: 100,
          older: { before: null, after: null },
        }),
    ]) {
      const { ports, settle } = stage();
      ports.discord.post(aMessage());
      await run(createActivities(ports));
      await settle();
      assert.equal((ports.bucket.json(KEY) as { Id: string }).Id, CHANNEL);
    }
  });

  test('if Discord and the bucket do not answer the saver, the record is written without a delay', async () => {
    const { ports } = stage();
    const never = new Promise<never>(() => undefined);
    const discord = { ...ports.discord, describeChannel: () => never };
    const { persist } = createActivities({ ...ports, discord });
    await attempt(persist, { state: aState(), adopt: true, earlierAttempts: 0 });
    assert.equal(ports.bucket.writes.length, 1);
  });
});
