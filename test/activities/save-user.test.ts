import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CancelledFailure } from '@temporalio/common';
import { createActivities } from '../../src/activities/create-activities.ts';
import type { Poster } from '../../src/clip/clip.ts';
import { isFailure, serviceFailed } from '../../src/errors.ts';
import { without } from '../clip/a-message.ts';
import { createFakePorts, type FakePorts } from '../support/fake-ports.ts';
import { attempt } from './run-activity.ts';

const JUNO: Poster = {
  id: '356003082141696426',
  username: '_juno',
  displayName: 'Juno',
  avatar: '0a1b2c3d4e5f60718293a4b5c6d7e8f9',
};
const KEY = 'userData/356003082141696426.json';
const ICON = 'userData/356003082141696426.png';
const AVATAR_URL =
  'https://cdn.discordapp.com/avatars/356003082141696426/0a1b2c3d4e5f60718293a4b5c6d7e8f9.png';
const SAVED = {
  Id: '356003082141696426',
  Name: '_juno',
  Display_Name: 'Juno',
  Url: AVATAR_URL,
  Icon: ICON,
};

/** Saves the poster on a new worker, which remembers no posters. */
const save = (ports: FakePorts, poster: Poster): Promise<void> =>
  attempt(createActivities(ports).saveUser, { poster });

const keysWritten = ({ bucket }: FakePorts): string[] => bucket.writes.map(({ key }) => key);

describe('saveUser', () => {
  test('saveUser stores the user data and a copy of the avatar in the bucket', async () => {
    const ports = createFakePorts();
    await save(ports, JUNO);
    assert.deepEqual(ports.bucket.json(KEY), SAVED);
    assert.deepEqual(ports.media.avatarUrls, [AVATAR_URL]);
    assert.deepEqual(
      ports.bucket.writes.map(({ key, contentType, cacheControl }) => [
        key,
        contentType,
        cacheControl,
      ]),
      [
        [ICON, 'image/png', 'no-cache'],
        [KEY, 'application/json', 'no-cache'],
      ],
      'the avatar comes first because the user data refers to it',
    );
    assert.equal(ports.bucket.writes[0]?.body, ports.media.avatarPicture?.bytes);
  });

  test('if the user data has not changed, saveUser writes nothing and fetches no avatar, even on a new worker', async () => {
    const ports = createFakePorts();
    const { saveUser } = createActivities(ports);
    await attempt(saveUser, { poster: JUNO });
    await save(ports, { ...JUNO });
    assert.equal(ports.bucket.writes.length, 2);
    assert.equal(ports.media.avatarUrls.length, 1);
    ports.bucket.beforeRead.add(
      new Error('the worker that saved the user must not read the bucket'),
    );
    await attempt(saveUser, { poster: { ...JUNO } });
  });

  test('if only the name of a user changes, saveUser saves the new name without fetching the avatar again', async () => {
    const ports = createFakePorts();
    const { saveUser } = createActivities(ports);
    await attempt(saveUser, { poster: JUNO });
    await attempt(saveUser, { poster: { ...JUNO, username: 'juno2', displayName: 'S' } });
    assert.deepEqual(ports.bucket.json(KEY), { ...SAVED, Name: 'juno2', Display_Name: 'S' });
    assert.equal(ports.media.avatarUrls.length, 1, 'the avatar is fetched once');
    await attempt(saveUser, { poster: JUNO });
    assert.deepEqual(ports.bucket.json(KEY), SAVED, 'the change back is saved too');
  });

  test('if the avatar of a user changes, saveUser fetches the new avatar', async () => {
    const ports = createFakePorts();
    await save(ports, JUNO);
    await save(ports, { ...JUNO, avatar: 'a_9f8e7d6c5b4a39281706f5e4d3c2b1a0' });
    const url =
      'https://cdn.discordapp.com/avatars/356003082141696426/a_9f8e7d6c5b4a39281706f5e4d3c2b1a0.png';
    assert.deepEqual(ports.media.avatarUrls, [AVATAR_URL, url]);
    assert.deepEqual(ports.bucket.json(KEY), { ...SAVED, Url: url });
  });

  test('if a user has no avatar, saveUser fetches the default avatar that belongs to the user id', async () => {
    const ports = createFakePorts({ cdnOrigin: 'http://127.0.0.1:4000' });
    await save(ports, { ...JUNO, avatar: null });
    const index = (BigInt(JUNO.id) >> 22n) % 6n;
    assert.deepEqual(ports.media.avatarUrls, [`http://127.0.0.1:4000/embed/avatars/${index}.png`]);
    assert.ok(index >= 0n && index < 6n);
  });

  test('if the CDN has no avatar of the user, saveUser saves the user data without an avatar', async () => {
    const ports = createFakePorts();
    ports.media.avatarPicture = null;
    await save(ports, JUNO);
    assert.deepEqual(ports.bucket.json(KEY), without(SAVED, 'Icon'));
    assert.deepEqual(keysWritten(ports), [KEY]);
  });

  test('if the first attempt of saveUser fails, the second attempt saves the user', async () => {
    const ports = createFakePorts();
    const { saveUser } = createActivities(ports);
    ports.media.beforeAvatar.add(serviceFailed('the CDN is away'));
    const first = attempt(saveUser, { poster: JUNO });
    await assert.rejects(first, (error) => isFailure(error, 'ServiceFailed'));
    assert.deepEqual(ports.bucket.keys(), []);
    await attempt(saveUser, { poster: JUNO }, { attempt: 2 });
    assert.deepEqual(ports.bucket.json(KEY), SAVED);
  });

  test('if the stored object is not valid user data, saveUser overwrites that object', async () => {
    for (const foreign of ['', 'null', '{"name":"_juno"}', '[]']) {
      const ports = createFakePorts();
      ports.bucket.put(KEY, foreign);
      await save(ports, JUNO);
      assert.deepEqual(ports.bucket.json(KEY), SAVED, foreign);
    }
  });

  test('if many clips of one user arrive together, saveUser fetches the avatar of the user only once', async () => {
    const ports = createFakePorts();
    const { saveUser } = createActivities(ports);
    const renamed = { ...JUNO, displayName: 'S' };
    const posters = [JUNO, JUNO, { ...JUNO, id: '356299278253039999' }, JUNO];
    await Promise.all(posters.map((poster) => attempt(saveUser, { poster })));
    assert.equal(ports.media.avatarUrls.length, 2, 'the avatar of each poster is fetched once');
    await Promise.all([JUNO, renamed, renamed].map((poster) => attempt(saveUser, { poster })));
    assert.deepEqual(ports.bucket.json(KEY), { ...SAVED, Display_Name: 'S' });
    assert.equal(ports.media.avatarUrls.length, 2);
  });

  test('if concurrent saveUser calls for one user fail together, the next call still saves the user', async () => {
    const ports = createFakePorts();
    const { saveUser } = createActivities(ports);
    ports.media.beforeAvatar.add(serviceFailed('the CDN is away'));
    const together = [JUNO, JUNO].map((poster) => attempt(saveUser, { poster }));
    for (const { status } of await Promise.allSettled(together)) assert.equal(status, 'rejected');
    await attempt(saveUser, { poster: JUNO }, { attempt: 2 });
    assert.deepEqual(ports.bucket.json(KEY), SAVED);
  });

  test('if the first of two concurrent saveUser calls is cancelled, the second call still saves the user', async () => {
    const ports = createFakePorts();
    const { saveUser } = createActivities(ports);
    ports.media.beforeAvatar.add(new CancelledFailure('CANCELLED'));
    const together = [JUNO, JUNO].map((poster) => attempt(saveUser, { poster }));
    const [cancelled, other] = await Promise.allSettled(together);
    assert.deepEqual([cancelled?.status, other?.status], ['rejected', 'fulfilled']);
    assert.deepEqual(ports.bucket.json(KEY), SAVED);
  });
});
