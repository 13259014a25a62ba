import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCheckChannel } from '../../../src/activities/check-channel.ts';
import { createReadAhead } from '../../../src/activities/history/read-ahead.ts';
import { createListPlaces } from '../../../src/activities/places/list-places.ts';
import type { DiscordPort } from '../../../src/activities/ports/discord-port.ts';
import type { PlaceCursor } from '../../../src/clip/places/place.ts';
import { invalidInput, isFailure } from '../../../src/errors.ts';
import { PLACE } from '../../clip/a-message.ts';
import { createFakePorts } from '../../support/fake-ports.ts';
import { attempt } from '../run-activity.ts';

test('a page of places for a workflow has the ids and names, and at most 20 reasons why places are unreadable; from the fifth attempt on, rejected lists are left out', async () => {
  const { discord } = createFakePorts();
  const cursor = { guildId: '1', step: 'next' } as PlaceCursor;
  const options: unknown[] = [];
  const listing: DiscordPort = {
    ...discord,
    listPlaces: async (_scope, each) => {
      options.push(each);
      const lost = { channelId: '2', channelName: 'lost', reason: 'grant it View Channel' };
      return {
        readable: [
          {
            channelId: '1',
            channelName: 'a',
            guildId: '3',
            type: 0,
            parentId: null,
            lastMessageId: null,
          },
        ],
        unreadable: Array.from({ length: 30 }, () => lost),
        next: cursor,
      };
    },
  };
  const listPlaces = createListPlaces({ discord: listing });
  const first = await attempt(listPlaces, { scope: { all: true }, threads: false, cursor: null });
  assert.deepEqual(first, {
    readable: [{ channelId: '1', channelName: 'a' }],
    unreadable: 30,
    reasons: Array.from({ length: 20 }, () => 'grant it View Channel'),
    next: cursor,
  });
  await attempt(listPlaces, { scope: { all: true }, threads: true, cursor });
  const input = { scope: { all: true }, threads: true, cursor } as const;
  for (const number of [4, 5]) await attempt(listPlaces, input, { attempt: number });
  const later = { threads: true, fresh: false, cursor };
  assert.deepEqual(options, [
    { threads: false, fresh: true, cursor: null, skipsRejected: false },
    ...[false, false, true].map((skipsRejected) => ({ ...later, skipsRejected })),
  ]);
});

test('the check of a channel returns its kind, and accepts a forum only if the caller does', async () => {
  const { discord } = createFakePorts();
  discord.addChannel(PLACE);
  const { channelId, channelName } = PLACE;
  const check = (port: DiscordPort) =>
    createCheckChannel({ discord: port, readAhead: createReadAhead(port) });
  assert.deepEqual(await check(discord)({ channelId }), { channelName });
  assert.deepEqual(await check(discord)({ channelId, acceptContainer: true }), {
    channelName,
    kind: 'plain',
  });
  const forum = { channelName: 'clips', kind: 'forum' } as const;
  const ofForum: DiscordPort = { ...discord, findChannelKind: async () => forum };
  assert.deepEqual(await check(ofForum)({ channelId: '7', acceptContainer: true }), forum);
  await assert.rejects(check(ofForum)({ channelId: '7' }), (error) =>
    isFailure(error, 'InvalidInput'),
  );
});

test('the first page of a history is requested during the check of the channel, and forgotten if the check fails', async () => {
  const { discord } = createFakePorts();
  discord.addChannel(PLACE);
  const { channelId } = PLACE;
  const readAhead = createReadAhead(discord);
  const checkChannel = createCheckChannel({ discord, readAhead });
  const pages = () => discord.calls.filter((call) => call === 'fetchHistory').length;
  await attempt(checkChannel, { channelId });
  assert.equal(pages(), 0);
  for (const before of [null, '1213063181631516641']) {
    await attempt(checkChannel, { channelId, firstPage: { before } });
    const asked = pages();
    await readAhead.fetchHistory(channelId, { limit: 100, ...(before !== null && { before }) });
    assert.equal(pages(), asked);
  }
  discord.before.readableChannel.add(invalidInput('no permission'));
  await assert.rejects(attempt(checkChannel, { channelId, firstPage: { before: null } }));
  const asked = pages();
  await readAhead.fetchHistory(channelId, { limit: 100 });
  assert.equal(pages(), asked + 1);
});
