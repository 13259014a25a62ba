import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createActivities } from '../../../src/activities/create-activities.ts';
import type { DeletedPlace } from '../../../src/clip/schemas/deleted-place.ts';
import { isFailure, serviceFailed } from '../../../src/errors.ts';
import { PLACE } from '../../clip/a-message.ts';
import { createFakePorts } from '../../support/fake-ports.ts';
import { attempt } from '../run-activity.ts';

const GUILD = '442294389964800640';
const CHANNEL = '1196521684992000058';
const THREAD = '1196521684992000060';
const OTHER_THREAD = '1196521684992000061';
const OTHER_CHANNEL = '1196521684992000070';
const CLIP = '1213063181631602657-1213063181631606753';

/** Stages a bucket with one clip in each of four places; the other channel is in another guild. */
function stage() {
  const ports = createFakePorts();
  const places = [
    { Id: CHANNEL, guildId: GUILD, Parent_Id: null },
    { Id: THREAD, guildId: GUILD, Parent_Id: CHANNEL },
    { Id: OTHER_THREAD, guildId: GUILD, Parent_Id: OTHER_CHANNEL },
    { Id: OTHER_CHANNEL, guildId: '442294389964800641', Parent_Id: null },
  ];
  for (const place of places) {
    ports.bucket.put(`channels/${place.Id}.json`, { ...place, Name: 'x', Public: true });
    ports.bucket.put(`messages/${place.Id}/${CLIP}.json`, {});
  }
  const { forwardDeletion } = createActivities(ports);
  /** Returns what the clips of which channels were told. */
  const forward = async (place: DeletedPlace, isRepeat = false): Promise<string[]> => {
    ports.notices.length = 0;
    const { told } = await attempt(forwardDeletion, { place, isRepeat });
    assert.equal(told, ports.notices.length);
    for (const { workflowId } of ports.notices) assert.equal(workflowId, `clip-${CLIP}`);
    return ports.notices.map(({ notice, channelId }) => `${notice} ${channelId}`).sort();
  };
  return { ports, forward, forwardDeletion };
}

describe('forwarding a deletion', () => {
  test('if a channel is deleted, its clips and the clips of its threads end, both times', async () => {
    const { forward } = stage();
    const place = { channelId: CHANNEL, mayHaveThreads: true };
    const both = [`gone ${CHANNEL}`, `gone ${THREAD}`];
    assert.deepEqual(await forward(place), both);
    assert.deepEqual(await forward(place, true), both);
  });

  test('if a thread is deleted, only its clips end, and no record of a channel is read', async () => {
    const { ports, forward } = stage();
    ports.bucket.beforeRead.add(serviceFailed('read'));
    const place = { channelId: THREAD, mayHaveThreads: false };
    assert.deepEqual(await forward(place), [`gone ${THREAD}`]);
  });

  test('if a channel is deleted, only the records of newer channels are read', async () => {
    const { ports, forward } = stage();
    const place = { channelId: OTHER_CHANNEL, mayHaveThreads: true };
    ports.bucket.beforeRead.add(serviceFailed('read'));
    assert.deepEqual(await forward(place), [`gone ${OTHER_CHANNEL}`]);
  });

  test('if the bot lost access to the channel instead, its clips fetch their messages once', async () => {
    const { ports, forward } = stage();
    ports.discord.refuse(CHANNEL, true);
    const place = { channelId: CHANNEL, mayHaveThreads: true };
    assert.deepEqual(await forward(place), [`refreshNow ${CHANNEL}`, `refreshNow ${THREAD}`]);
    assert.deepEqual(await forward(place, true), []);
  });

  test('if the bot can still see the channel, no clip is told', async () => {
    const { ports, forward } = stage();
    ports.discord.addChannel({ ...PLACE, channelId: CHANNEL });
    assert.deepEqual(await forward({ channelId: CHANNEL, mayHaveThreads: true }), []);
  });

  test('if the bot is removed from a guild, no clip ends, and each clip of the guild fetches its message', async () => {
    const { ports, forward } = stage();
    ports.discord.refuse(CHANNEL, true);
    ports.discord.refuse(OTHER_CHANNEL, true);
    const place = { guildId: GUILD };
    assert.deepEqual(
      await forward(place),
      [CHANNEL, THREAD, OTHER_THREAD].map((id) => `refreshNow ${id}`),
    );
    assert.deepEqual(await forward(place, true), []);
  });

  test('if a guild is deleted, its clips end only after Discord has said so a second time', async () => {
    const { forward } = stage();
    assert.deepEqual(await forward({ guildId: GUILD }), []);
    assert.deepEqual(
      await forward({ guildId: GUILD }, true),
      [CHANNEL, THREAD, OTHER_THREAD].map((id) => `gone ${id}`),
    );
  });

  test('if Discord does not answer, no clip is told, and the activity fails', async () => {
    const { ports, forwardDeletion } = stage();
    ports.discord.before.findChannelState.add(serviceFailed('no answer'));
    const input = { place: { channelId: CHANNEL, mayHaveThreads: true }, isRepeat: false };
    await assert.rejects(attempt(forwardDeletion, input), (error) =>
      isFailure(error, 'ServiceFailed'),
    );
    assert.deepEqual(ports.notices, []);
  });

  test('at most four clips are told at a time, also if there are thousands', async () => {
    const { ports } = stage();
    for (let n = 0; n < 2000; n++) ports.bucket.put(`messages/${CHANNEL}/${n + 1}-7.json`, {});
    let running = 0;
    let most = 0;
    let told = 0;
    const { forwardDeletion } = createActivities({
      ...ports,
      tellClip: async () => {
        most = Math.max(most, ++running);
        await new Promise(setImmediate);
        running -= 1;
        told += 1;
        return true;
      },
    });
    await attempt(forwardDeletion, {
      place: { channelId: CHANNEL, mayHaveThreads: true },
      isRepeat: false,
    });
    assert.deepEqual({ most, told }, { most: 4, told: 2002 });
  });

  test('objects that are not records of clips are left out', async () => {
    const { ports, forward } = stage();
    for (const name of ['notes.txt', '7.json', `x/${CLIP}.json`]) {
      ports.bucket.put(`messages/${THREAD}/${name}`, {});
    }
    ports.bucket.put('channels/1.json', 'not JSON');
    ports.bucket.put(`channels/${CHANNEL}9.json`, { Id: CHANNEL, Parent_Id: THREAD, Name: 'x' });
    assert.deepEqual(await forward({ channelId: THREAD, mayHaveThreads: false }), [
      `gone ${THREAD}`,
    ]);
    assert.deepEqual(await forward({ channelId: THREAD, mayHaveThreads: true }), [
      `gone ${THREAD}`,
    ]);
  });
});
