import assert from 'node:assert/strict';
import { AsyncResource } from 'node:async_hooks';
import { describe, test } from 'node:test';
import { createActivities } from '../../src/activities/create-activities.ts';
import { applicationFailure, isFailure, linkExpired, serviceFailed } from '../../src/errors.ts';
import { signedLink } from '../clip/a-message.ts';
import { createFakePorts } from '../support/fake-ports.ts';
import { aState, anEnvironment, attempt } from './run-activity.ts';

const { messageId, attachmentId, url } = aState().clip;
const INPUT = { messageId, attachmentId, url };
const KEY = `thumb/${messageId}-${attachmentId}.webp`;
const POSTER_KEY = `poster/${messageId}-${attachmentId}.jpg`;

describe('thumbnail', () => {
  test('the thumbnail activity stores a thumbnail and a poster image, and returns their object keys, the first 16 digits of their SHA-256, and the facts about the video', async () => {
    const ports = createFakePorts();
    const result = await attempt(createActivities(ports).thumbnail, INPUT);
    const { picture, posterImage, facts } = ports.media;
    assert.deepEqual(result, {
      thumbnail: KEY,
      thumbnailHash: 'a40ff3d5900fb769',
      posterImage: POSTER_KEY,
      posterImageHash: '6e568e1f67fba258',
      facts,
      pictureVersion: 2,
    });
    assert.deepEqual(ports.media.thumbnailUrls, [url]);
    const written = ports.bucket.writes.map((write) => [
      ...[write.key, write.body, write.contentType, write.cacheControl],
    ]);
    assert.deepEqual(written, [
      [KEY, picture.bytes, 'image/webp', 'public, max-age=86400'],
      [POSTER_KEY, posterImage.bytes, 'image/jpeg', 'public, max-age=86400'],
    ]);
  });

  test('if the poster image cannot be stored, the thumbnail activity is retried; the third attempt succeeds without the poster image', async () => {
    const ports = createFakePorts();
    const { thumbnail } = createActivities(ports);
    const { bucket } = ports;
    const failing: typeof bucket.write = (key, ...more) =>
      key === POSTER_KEY ? Promise.reject(serviceFailed('503')) : bucket.write(key, ...more);
    const broken = createActivities({ ...ports, bucket: { ...bucket, write: failing } });
    await assert.rejects(attempt(broken.thumbnail, INPUT), (error) => {
      return isFailure(error, 'ServiceFailed') && !applicationFailure(error)?.nonRetryable;
    });
    const last = await attempt(broken.thumbnail, INPUT, { attempt: 3 });
    const { facts } = ports.media;
    assert.deepEqual(last, {
      thumbnail: KEY,
      thumbnailHash: 'a40ff3d5900fb769',
      facts,
      pictureVersion: 2,
    });
    const before = bucket.writes.length;
    const { posterImage } = await attempt(thumbnail, INPUT, { attempt: 2 });
    assert.equal(posterImage, POSTER_KEY);
    const again = bucket.writes.slice(before).map(({ key }) => key);
    assert.deepEqual(again, [KEY, POSTER_KEY]);
  });

  test('the object key of a thumbnail ends with the extension of the picture format', async () => {
    const ports = createFakePorts();
    ports.media.picture = { ...ports.media.picture, contentType: 'image/png', extension: 'png' };
    const { thumbnail } = await attempt(createActivities(ports).thumbnail, INPUT);
    assert.equal(thumbnail, KEY.replace('.webp', '.png'));
    assert.equal(ports.bucket.writes[0]?.contentType, 'image/png');
  });

  test('the thumbnail activity sends one heartbeat for each progress report and no other heartbeats', async () => {
    const ports = createFakePorts();
    const environment = anEnvironment();
    let heartbeats = 0;
    environment.on('heartbeat', () => heartbeats++);
    const seen: number[] = [];
    ports.media.work.push(({ onProgress }) => {
      for (let times = 0; times < 3; times++) {
        onProgress();
        seen.push(heartbeats);
      }
    });
    await environment.run(createActivities(ports).thumbnail as never, INPUT);
    assert.deepEqual(seen, [1, 2, 3]);
    assert.equal(heartbeats, 3);
  });

  test('if a progress report comes from another async context, the thumbnail activity still sends a heartbeat', async () => {
    // Pooled connections and child processes run callbacks in the async context of the activity that opened them. This
    // may be another activity.
    const nowhere = new AsyncResource('somebody else');
    const ports = createFakePorts();
    const environment = anEnvironment();
    let heartbeats = 0;
    environment.on('heartbeat', () => heartbeats++);
    ports.media.work.push(({ onProgress }) => nowhere.runInAsyncScope(onProgress));
    await environment.run(createActivities(ports).thumbnail as never, INPUT);
    assert.equal(heartbeats, 1);
  });

  test('if the thumbnail activity is cancelled, its work stops and nothing is stored', async () => {
    const ports = createFakePorts();
    const environment = anEnvironment();
    ports.media.work.push(async ({ signal }) => {
      assert.equal(signal.aborted, false);
      environment.cancel();
      assert.equal(signal.aborted, true);
      signal.throwIfAborted();
    });
    const run = environment.run(createActivities(ports).thumbnail as never, INPUT);
    await assert.rejects(run, { name: 'CancelledFailure' });
    assert.deepEqual(ports.bucket.writes, []);
  });

  test('if the CDN refuses a valid link, the link is tried three more times before the clip fetches a fresh link', async () => {
    const ports = createFakePorts();
    const { thumbnail } = createActivities(ports);
    const refuse = async (link: string, number: number) => {
      ports.media.work.push(() => {
        throw linkExpired({ route: 'GET /x.mp4', status: 404 });
      });
      const run = attempt(thumbnail, { ...INPUT, url: link }, { attempt: number });
      const error = await run.catch((reason: unknown) => reason);
      assert.ok(isFailure(error, 'LinkExpired'));
      return applicationFailure(error)?.nonRetryable;
    };
    const valid = signedLink({ expiresAt: Math.floor(Date.now() / 1000) + 3600 });
    const over = signedLink({ expiresAt: Math.floor(Date.now() / 1000) - 1 });
    assert.deepEqual(
      [await refuse(valid, 1), await refuse(valid, 2), await refuse(valid, 3)],
      [false, false, false],
    );
    assert.equal(await refuse(valid, 4), true);
    assert.equal(await refuse(over, 1), true, 'an expired link stays refused');
    assert.equal(await refuse('https://cdn.example/x.mp4', 1), false);
  });

  test('when a thumbnail is made, the media code gets the file type and length that Discord announced', async () => {
    const ports = createFakePorts();
    const announced: unknown[] = [];
    ports.media.work.push((options) => void announced.push(options.announced));
    const file = { sizeBytes: 24_117_248, contentType: 'video/mp4' };
    await attempt(createActivities(ports).thumbnail, { ...INPUT, ...file });
    assert.deepEqual(announced, [file]);
  });

  test('if the link of a clip has expired, the thumbnail activity fails with LinkExpired and stores nothing', async () => {
    const ports = createFakePorts();
    ports.media.work.push(() => {
      throw linkExpired({ route: 'GET /x.mp4', status: 404 });
    });
    const run = attempt(createActivities(ports).thumbnail, INPUT);
    await assert.rejects(run, (error) => isFailure(error, 'LinkExpired'));
    assert.deepEqual(ports.bucket.writes, []);
  });
});
