import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createActivities } from '../../../src/activities/create-activities.ts';
import {
  createForwardDeletion,
  type ForwardDeletionInput,
} from '../../../src/activities/deletions/forward-deletion.ts';
import type { DeletedPlace } from '../../../src/clip/schemas/deleted-place.ts';
import { applicationFailure, isFailure, serviceFailed } from '../../../src/errors.ts';
import { PLACE } from '../../clip/a-message.ts';
import { createFakePorts } from '../../support/fake-ports.ts';
import { createGate } from '../../support/gate.ts';
import { anEnvironment, attempt } from '../run-activity.ts';

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

/**
 * Returns a function that runs one attempt after another, each with the details of the last heartbeat. The function
 * returns the number of clips that were told, or the type of the failure.
 */
function createAttempts(activity: ReturnType<typeof createForwardDeletion>) {
  let heartbeatDetails: unknown;
  return async (input: ForwardDeletionInput): Promise<unknown> => {
    const environment = anEnvironment({ heartbeatDetails });
    environment.on(
      'heartbeat',
      (details: unknown) => (heartbeatDetails = structuredClone(details)),
    );
    return await environment.run(activity as never, input as never).then(
      (result) => (result as { told: number }).told,
      (error: unknown) => applicationFailure(error)?.type,
    );
  };
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
    for (const id of [CHANNEL, THREAD]) ports.discord.refuse(id, true);
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
    for (const id of [CHANNEL, THREAD, OTHER_THREAD]) ports.discord.refuse(id, true);
    const place = { guildId: GUILD };
    assert.deepEqual(
      await forward(place),
      [CHANNEL, THREAD, OTHER_THREAD].map((id) => `refreshNow ${id}`),
    );
    assert.deepEqual(await forward(place, true), []);
  });

  test('after each hidden channel there is a pause, also when the deletion is applied again', async () => {
    const { ports, forward } = stage();
    const hidden = [CHANNEL, THREAD, OTHER_THREAD];
    for (const id of hidden) ports.discord.refuse(id, true);
    for (const isRepeat of [false, true]) {
      const startMs = performance.now();
      await forward({ guildId: GUILD }, isRepeat);
      const tookMs = performance.now() - startMs;
      // A timer may ring up to a millisecond early.
      assert.ok(tookMs >= hidden.length * 149, `${tookMs} ms, repeat: ${isRepeat}`);
    }
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
    // The channel is asked about twice: for itself, and for its thread.
    for (let n = 0; n < 3; n++) {
      ports.discord.before.findChannelState.add(serviceFailed('no answer'));
    }
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
    const long = '7'.repeat(21);
    for (const name of ['notes.txt', '7.json', `x/${CLIP}.json`, `${long}-7.json`]) {
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

  test('if a forged record says that a channel is a thread of the deleted channel, no clip of that channel is told', async () => {
    const { ports, forward } = stage();
    const victim = '1196521684992000080';
    ports.discord.addChannel({ ...PLACE, channelId: victim });
    const forged = { Id: victim, guildId: GUILD, Parent_Id: CHANNEL, Name: 'x', Public: true };
    ports.bucket.put(`channels/${victim}.json`, forged);
    ports.bucket.put(`messages/${victim}/${CLIP}.json`, {});
    const both = [`gone ${CHANNEL}`, `gone ${THREAD}`];
    assert.deepEqual(await forward({ channelId: CHANNEL, mayHaveThreads: true }), both);
    const all = [CHANNEL, THREAD, OTHER_THREAD].map((id) => `gone ${id}`);
    assert.deepEqual(await forward({ guildId: GUILD }, true), all);
  });

  test('while one deletion is forwarded, another one fails at once and is retried later', async () => {
    const { ports } = stage();
    const { open: release, opened: held } = createGate();
    const told: string[] = [];
    const { forwardDeletion } = createActivities({
      ...ports,
      tellClip: async (_workflowId, _notice, channelId) => {
        await held;
        told.push(channelId);
        return true;
      },
    });
    const forward = (channelId: string) =>
      attempt(forwardDeletion, { place: { channelId, mayHaveThreads: false }, isRepeat: false });
    const first = forward(CHANNEL);
    await assert.rejects(forward(THREAD), (error) => {
      const waitMs = Number(applicationFailure(error)?.nextRetryDelay);
      return isFailure(error, 'RateLimited') && waitMs >= 4000 && waitMs <= 8000;
    });
    release();
    await first;
    await forward(THREAD);
    assert.deepEqual(told, [CHANNEL, THREAD]);
  });

  test('if the time of a call is used up, the next attempt goes on after the last clip', async () => {
    const { ports } = stage();
    for (let n = 0; n < 9; n++) ports.bucket.put(`messages/${THREAD}/10${n}-7.json`, {});
    const run = createAttempts(createForwardDeletion(ports, { maxCallMs: 0 }));
    const input = { place: { channelId: CHANNEL, mayHaveThreads: true }, isRepeat: false };
    const tellings: number[] = [];
    for (const expected of ['RateLimited', 'RateLimited', 'RateLimited', 11]) {
      assert.equal(await run(input), expected);
      tellings.push(ports.notices.length);
    }
    assert.deepEqual(tellings, [1, 5, 9, 11]);
    const ids = ports.notices.map(({ workflowId, channelId }) => `${workflowId} ${channelId}`);
    assert.equal(new Set(ids).size, 11, 'no clip is told twice');
  });

  test('if Discord does not answer about one channel, the others are told, and the next attempt asks only about that channel', async () => {
    const { ports } = stage();
    const input = { place: { guildId: GUILD }, isRepeat: true };
    const run = createAttempts(createForwardDeletion(ports));
    ports.discord.before.findChannelState.add(serviceFailed('no answer'));
    const told = () => ports.notices.map(({ channelId }) => channelId);
    assert.equal(await run(input), 'ServiceFailed');
    assert.deepEqual(told(), [THREAD, OTHER_THREAD]);
    ports.discord.calls.length = 0;
    assert.equal(await run(input), 3);
    assert.deepEqual(told(), [THREAD, OTHER_THREAD, CHANNEL]);
    assert.deepEqual(ports.discord.calls, ['findChannelState']);
  });

  test('if Discord answers about no channel, an attempt ends after ten channels', async () => {
    const { ports } = stage();
    for (let n = 10; n < 40; n++) {
      const Id = `11965216849920001${n}`;
      ports.bucket.put(`channels/${Id}.json`, { Id, guildId: GUILD, Parent_Id: null, Name: 'x' });
    }
    for (let n = 0; n < 40; n++) ports.discord.before.findChannelState.add(serviceFailed('none'));
    const run = createAttempts(createForwardDeletion(ports));
    assert.equal(await run({ place: { guildId: GUILD }, isRepeat: true }), 'ServiceFailed');
    // The two threads cost a second request, for the channels that they are in.
    assert.equal(ports.discord.calls.length, 12);
  });
});
