import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCheckChannel } from '../../../src/activities/check-channel.ts';
import { createListPlaces } from '../../../src/activities/places/list-places.ts';
import type { DiscordPort } from '../../../src/activities/ports/discord-port.ts';
import type { PlaceCursor } from '../../../src/clip/places/place.ts';
import { isFailure } from '../../../src/errors.ts';
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

test('a page of places has the channels before the threads', async () => {
  const { discord } = createFakePorts();
  const place = (channelId: string, parentId: string | null) => ({
    channelId,
    parentId,
    channelName: channelId,
    guildId: '9',
    type: 0,
    lastMessageId: null,
  });
  const listing: DiscordPort = {
    ...discord,
    listPlaces: async () => ({
      readable: [place('3', '1'), place('1', null), place('4', '1'), place('2', null)],
      unreadable: [],
      next: null,
    }),
  };
  const input = { scope: { all: true }, threads: true, cursor: null } as const;
  const { readable } = await attempt(createListPlaces({ discord: listing }), input);
  assert.deepEqual(
    readable.map(({ channelId }) => channelId),
    ['1', '2', '3', '4'],
  );
});

test('the check of a channel returns its kind, and accepts a forum only if the caller does', async () => {
  const { discord } = createFakePorts();
  discord.addChannel(PLACE);
  const { channelId, channelName } = PLACE;
  const check = (port: DiscordPort) => createCheckChannel({ discord: port });
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
