import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { ChannelType } from 'discord-api-types/v10';
import { createActivities } from '../../../src/activities/create-activities.ts';
import { attempt } from '../../activities/run-activity.ts';
import { createFakePorts } from '../../support/fake-ports.ts';
import { jsonError, stage, typeOf } from '../stage.ts';

const ACTIVE = 'GET /guilds/:id/threads/active';
const UNKNOWN = '<#442294389964800699>';

async function aServer(t: TestContext) {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
  const { emulator, guild, channel, discord, post } = await stage(t);
  const addThread = (name: string, archivedAt?: Date) =>
    emulator.addChannel({
      guildId: guild.id,
      parentId: channel.id,
      type: ChannelType.PublicThread,
      name,
      ...(archivedAt && { archivedAt }),
    });
  /** Returns what a text that mentions these ids finds. */
  const namesOf = async (...ids: string[]) => {
    const mentionedIn = [ids.map((id) => `<#${id}>`).join(' and ')];
    const { findChannelName } = await discord.readableChannel(channel.id, { mentionedIn });
    return ids.map((id) => findChannelName?.(id) ?? null);
  };
  const lists = () => emulator.stats.requests(ACTIVE);
  return { emulator, channel, discord, post, addThread, namesOf, lists };
}

describe('names of threads', () => {
  test('all active threads that texts mention cost one request in ten minutes, and archived threads have no name', async (t) => {
    const { channel, addThread, namesOf, lists } = await aServer(t);
    const active = [addThread('best of March'), addThread('finals')];
    const archived = addThread('old', new Date('2019-05-01T12:00:00Z'));
    const ids = [...active, archived].map(({ id }) => id);
    assert.deepEqual(await namesOf(...ids), ['best of March', 'finals', null]);
    assert.deepEqual(await namesOf(ids[1]!, '442294389964800699'), ['finals', null]);
    assert.equal(lists(), 1);
    t.mock.timers.tick(10 * 60 * 1000 + 1);
    await namesOf(ids[0]!);
    assert.equal(lists(), 2);
    await namesOf(channel.id);
    assert.equal(lists(), 2, 'the name of a channel costs no request');
  });

  test('a thread that was opened after the last list is listed', async (t) => {
    const { addThread, namesOf, lists } = await aServer(t);
    assert.deepEqual(await namesOf(addThread('first').id), ['first']);
    t.mock.timers.tick(1);
    const second = addThread('second').id;
    assert.deepEqual(await namesOf(second), ['second']);
    await namesOf(second);
    assert.equal(lists(), 2);
  });

  test('a server that refuses the list leaves the ids in the texts, and another failure is retried', async (t) => {
    const { emulator, addThread, namesOf } = await aServer(t);
    const { id } = addThread('finals');
    const stop = emulator.faults.add({ route: ACTIVE, status: 500 });
    assert.equal(await typeOf(namesOf(id)), 'ServiceFailed');
    stop();
    emulator.faults.add({ route: ACTIVE, ...jsonError(403, 50001) });
    assert.deepEqual(await namesOf(id), [null]);
  });

  test('clips that a page of history finds mention active threads by their names', async (t) => {
    const { channel, discord, post, addThread, lists } = await aServer(t);
    const thread = addThread('best of March');
    post('COMET.mp4', `see <#${thread.id}>, <#${channel.id}> and ${UNKNOWN}`);
    const ports = { ...createFakePorts(), discord };
    const { archiveHistoryPage } = createActivities(ports);
    const older = { before: null, after: null };
    await attempt(archiveHistoryPage, { channelId: channel.id, limit: 100, older });
    const texts = ports.starts.map(({ description }) => description);
    assert.deepEqual(texts, [`see #best of March, #overtime and ${UNKNOWN}`]);
    assert.equal(lists(), 1);
  });

  test('a page whose clips mention no unknown thread costs no list', async (t) => {
    const { channel, discord, post, addThread, lists } = await aServer(t);
    const thread = addThread('best of March');
    post('COMET.mp4', `see <#${channel.id}>`);
    post(null, `no clip, but <#${thread.id}>`);
    const { archiveHistoryPage } = createActivities({ ...createFakePorts(), discord });
    const older = { before: null, after: null };
    await attempt(archiveHistoryPage, { channelId: channel.id, limit: 100, older });
    assert.equal(lists(), 0);
  });
});
