import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CancelledFailure } from '@temporalio/common';
import { createActivities } from '../../src/activities/create-activities.ts';
import type { SaveUserInput } from '../../src/activities/save-user.ts';
import type { Poster } from '../../src/clip/clip.ts';
import { hashOfId } from '../../src/clip/forget/people.ts';
import { isFailure, serviceFailed } from '../../src/errors.ts';
import { without } from '../clip/a-message.ts';
import { createFakePorts, type FakePorts } from '../support/fake-ports.ts';
import { aState, attempt } from './run-activity.ts';

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
const save = (ports: FakePorts, poster: Poster, postedAtMs?: number): Promise<void> =>
  attempt(createActivities(ports).saveUser, {
    poster,
    ...(postedAtMs !== undefined && { postedAtMs }),
  });

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

  test('if the stored user data names a picture that Everclip cannot have written, saveUser fetches the avatar again', async () => {
    for (const Icon of ['https://e.example/p.png', '../messages/1.json', 7]) {
      const ports = createFakePorts();
      ports.bucket.put(KEY, JSON.stringify({ ...SAVED, Name: 'earlier', Icon }));
      await save(ports, JUNO);
      assert.deepEqual(ports.bucket.json(KEY), SAVED, String(Icon));
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

  test('if a message is newer than the saved user data, the user data change; an older message changes nothing', async () => {
    const ports = createFakePorts();
    const { saveUser } = createActivities(ports);
    const old = { ...JUNO, username: 'juno_2019', avatar: '11111111111111111111111111111111' };
    const at = (iso: string) => Date.parse(iso);
    const [march, april] = [at('2024-03-01T10:00:00Z'), at('2024-04-01T10:00:00Z')];
    await attempt(saveUser, { poster: JUNO, postedAtMs: march });
    const saved = { ...SAVED, As_Of: march / 1000 };
    assert.deepEqual(ports.bucket.json(KEY), saved);
    const [writes, avatars] = [ports.bucket.writes.length, ports.media.avatarUrls.length];
    await attempt(saveUser, { poster: old, postedAtMs: at('2019-05-01T10:00:00Z') });
    await attempt(createActivities(ports).saveUser, { poster: old, postedAtMs: march - 1 });
    assert.deepEqual(ports.bucket.json(KEY), saved);
    assert.equal(ports.bucket.writes.length, writes, 'nothing is written for an older message');
    assert.equal(ports.media.avatarUrls.length, avatars, 'no avatar is fetched for one either');

    const renamed = { ...JUNO, displayName: 'Juno!' };
    await attempt(saveUser, { poster: renamed, postedAtMs: april });
    assert.deepEqual(ports.bucket.json(KEY), {
      ...saved,
      Display_Name: 'Juno!',
      As_Of: april / 1000,
    });
  });

  test('if the name and avatar of a poster stay the same, the time in the user data is updated only once a day', async () => {
    const ports = createFakePorts();
    const { saveUser } = createActivities(ports);
    const startMs = Date.parse('2024-03-01T10:00:00Z');
    const HOUR_MS = 3_600_000;
    for (const hours of [0, 1, 23]) {
      await attempt(saveUser, { poster: JUNO, postedAtMs: startMs + hours * HOUR_MS });
    }
    assert.deepEqual(keysWritten(ports), [ICON, KEY]);
    await attempt(saveUser, { poster: JUNO, postedAtMs: startMs + 48 * HOUR_MS });
    assert.deepEqual(keysWritten(ports), [ICON, KEY, KEY]);
    const between = { ...JUNO, username: 'for_a_day' };
    await save(ports, between, startMs + 24 * HOUR_MS);
    const { Name, As_Of } = ports.bucket.json(KEY) as { Name: string; As_Of: number };
    assert.deepEqual([Name, As_Of], ['_juno', startMs / 1000 + 48 * 3600]);
  });

  test('if the time in the user data is invalid, the next save replaces the user data, and a second save writes nothing', async () => {
    for (const As_Of of ['soon', null, 9e12]) {
      const ports = createFakePorts();
      ports.bucket.put(KEY, { ...SAVED, Name: 'x', As_Of });
      const postedAtMs = Date.parse('2024-03-01T10:00:00Z');
      await save(ports, JUNO, postedAtMs);
      assert.deepEqual(ports.bucket.json(KEY), { ...SAVED, As_Of: postedAtMs / 1000 });
      await save(ports, JUNO, postedAtMs);
      assert.deepEqual(keysWritten(ports), [KEY], 'the avatar is known');
    }
  });

  test('if two workers save the same poster at the same time, the newer message wins', async () => {
    const ports = createFakePorts();
    const old = { ...JUNO, username: 'juno_2019' };
    // The newer message is written while the older one waits for its turn.
    ports.bucket.beforeWrite.add(
      () => undefined,
      () => save(ports, JUNO, 2000),
    );
    await save(ports, old, 1000);
    assert.equal((ports.bucket.json(KEY) as { Name: string }).Name, '_juno');
    assert.equal(ports.media.avatarUrls.length, 2, 'each worker fetched the avatar once');
  });

  test('if two workers save different avatars of a poster at the same time, the picture of the newer message stays', async () => {
    const old = { ...JUNO, avatar: '11111111111111111111111111111111' };
    const older = { poster: old, atMs: 1000 };
    const newer = { poster: JUNO, atMs: 2000 };
    const orders = [
      { first: older, second: newer },
      { first: newer, second: older },
    ];
    for (const { first, second } of orders) {
      // The second worker saves the poster completely before this write of the first worker.
      for (const write of ['the picture', 'the user data']) {
        const ports = createFakePorts();
        ports.media.avatar = async (url) => {
          return { bytes: Buffer.from(url), contentType: 'image/png', extension: 'png' };
        };
        if (write === 'the user data') ports.bucket.beforeWrite.add(() => undefined);
        ports.bucket.beforeWrite.add(() => save(ports, second.poster, second.atMs));
        await save(ports, first.poster, first.atMs);
        const what = `a message of ${first.atMs} waits before ${write}`;
        assert.equal((ports.bucket.json(KEY) as { Url: string }).Url, AVATAR_URL, what);
        assert.equal((await ports.bucket.read(ICON))?.body, AVATAR_URL, what);
      }
    }
  });

  test('if the CDN has no avatar at first, the same worker does not ask again, but the next worker saves the avatar', async () => {
    const userDataId = `${JUNO.id}-0a1b2c3d4e5f6071`;
    for (const poster of [JUNO, { ...JUNO, userDataId }]) {
      const ports = createFakePorts();
      const picture = ports.media.avatarPicture;
      ports.media.avatarPicture = null;
      const { saveUser } = createActivities(ports);
      await attempt(saveUser, { poster, postedAtMs: 1000 });
      ports.media.avatarPicture = picture;
      await attempt(saveUser, { poster, postedAtMs: 2000 });
      assert.equal(ports.media.avatarUrls.length, 1, 'a worker asks once for an avatar');
      await save(ports, poster, 3000);
      await save(ports, poster, 4000);
      assert.equal(ports.media.avatarUrls.length, 2);
      const id = poster === JUNO ? JUNO.id : userDataId;
      const { Icon } = ports.bucket.json(`userData/${id}.json`) as { Icon?: string };
      assert.equal(Icon, `userData/${id}.png`);
    }
  });

  test('if a webhook shows many names and avatars, user data and an avatar are saved once for each', async () => {
    const ports = createFakePorts();
    const { saveUser } = createActivities(ports);
    const webhook = '1283675776780079888';
    const personas: Poster[] = Array.from({ length: 20 }, (_, index) => ({
      id: webhook,
      username: `Persona ${index}`,
      displayName: `Persona ${index}`,
      avatar: `${index}`.padStart(32, '0'),
      userDataId: `${webhook}-${`${index}`.padStart(16, '0')}`,
    }));
    const all = [...personas, ...personas, ...personas];
    await Promise.all(
      all.map((poster, index) => attempt(saveUser, { poster, postedAtMs: 1000 + index })),
    );
    assert.equal(ports.media.avatarUrls.length, 20);
    assert.equal(ports.bucket.writes.length, 40, 'an avatar and an object each');
    assert.deepEqual(ports.bucket.json(`userData/${webhook}-0000000000000007.json`), {
      Id: `${webhook}-0000000000000007`,
      Name: 'Persona 7',
      Display_Name: 'Persona 7',
      Url: `https://cdn.discordapp.com/avatars/${webhook}/00000000000000000000000000000007.png`,
      Icon: `userData/${webhook}-0000000000000007.png`,
    });
    await save(ports, personas[7]!, 0);
    assert.equal(ports.bucket.writes.length, 40);
  });

  test('if a bot answers a command, the user who gave the command also gets user data', async () => {
    const ports = createFakePorts();
    const bot = { id: '356299278253039999', username: 'clipbot', displayName: 'clipbot' };
    const input = { poster: { ...bot, avatar: null }, postedBy: JUNO, postedAtMs: 1000 };
    await attempt(createActivities(ports).saveUser, input);
    const names = ports.bucket
      .keys()
      .filter((key) => key.endsWith('.json'))
      .map((key) => (ports.bucket.json(key) as { Name: string }).Name);
    assert.deepEqual(names, ['_juno', 'clipbot']);
  });

  test('the first write of a record tells if this worker knows that the user data are saved', async () => {
    const ports = createFakePorts();
    const { saveUser, persist, removeUserData } = createActivities(ports);
    const isSaved = async (user: SaveUserInput, on = { persist }): Promise<boolean> => {
      const input = { state: aState(), adopt: true, earlierAttempts: 0, user };
      return (await attempt(on.persist, input)).userSaved ?? false;
    };
    const now: SaveUserInput = { poster: JUNO, postedAtMs: 2000 };
    assert.equal(await isSaved(now), false);
    await attempt(saveUser, now);
    assert.equal(await isSaved(now), true);
    assert.equal(await isSaved({ ...now, postedAtMs: 3000 }), true, 'a later clip');
    const renamed = { ...JUNO, displayName: 'Juno II' };
    assert.equal(await isSaved({ poster: renamed, postedAtMs: 1000 }), true, 'an older name');
    assert.equal(await isSaved({ poster: renamed, postedAtMs: 3000 }), false, 'a newer name');
    const postedBy = { ...JUNO, id: '356003082141696427' };
    assert.equal(await isSaved({ ...now, postedBy }), false, 'the user of a command');
    await attempt(saveUser, { ...now, postedBy });
    assert.equal(await isSaved({ ...now, postedBy }), true);
    assert.equal(await isSaved(now, createActivities(ports)), false, 'a worker that just started');
    await attempt(removeUserData, { people: [hashOfId(postedBy.id)] });
    assert.equal(await isSaved({ ...now, postedBy }), false, 'user data that were deleted');
  });
});
