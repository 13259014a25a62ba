import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createActivities } from '../../src/activities/create-activities.ts';
import { isFailure, mediaUnreadable, serviceFailed } from '../../src/errors.ts';
import { aMessage, signedLink, without } from '../clip/a-message.ts';
import { createFakePorts } from '../support/fake-ports.ts';
import { aState, attempt } from './run-activity.ts';

const { messageId, attachmentId } = aState().clip;
const url = signedLink({ expiresAt: Math.floor(Date.now() / 1000) + 3600 });
const INPUT = { messageId, attachmentId, url };
const KEY = `storyboard/${messageId}-${attachmentId}.webp`;

describe('storyboard', () => {
  test('the storyboard activity stores the storyboard, and returns its key, its hash and the times of its frames', async () => {
    const ports = createFakePorts();
    const result = await attempt(createActivities(ports).storyboard, INPUT);
    assert.deepEqual(result, {
      storyboard: KEY,
      storyboardHash: '324379e7fb0801c8',
      storyboardTimes: [1, 2.5, 4],
    });
    assert.deepEqual(ports.media.storyboardUrls, [url]);
    assert.deepEqual(ports.media.thumbnailUrls, []);
    const written = ports.bucket.writes.map((write) => [write.key, write.contentType]);
    assert.deepEqual(written, [[KEY, 'image/webp']]);
  });

  test('the storyboard activity of an old clip makes its thumbnail again first', async () => {
    const ports = createFakePorts();
    const result = await attempt(createActivities(ports).storyboard, {
      ...INPUT,
      remakesThumbnail: true,
    });
    assert.equal(result.remade?.thumbnail, `thumb/${messageId}-${attachmentId}.webp`);
    assert.equal(result.storyboard, KEY);
    assert.equal(ports.bucket.writes.at(-1)?.key, KEY);
  });

  test('if the thumbnail of an old clip cannot be made again, the clip keeps its old one and may still get a storyboard', async () => {
    const ports = createFakePorts();
    ports.media.work.push(() => {
      throw mediaUnreadable('the file contains no video');
    });
    const { remade, storyboard } = await attempt(createActivities(ports).storyboard, {
      ...INPUT,
      remakesThumbnail: true,
    });
    assert.deepEqual([remade, storyboard], [undefined, KEY]);
  });

  test('if only the storyboard fails, the result has the new thumbnail; a clip without one is tried again', async () => {
    const ports = createFakePorts();
    const fail = () => {
      throw serviceFailed('503');
    };
    ports.media.beforeStoryboard.add(fail, fail);
    const { storyboard } = createActivities(ports);
    const { remade, ...rest } = await attempt(storyboard, { ...INPUT, remakesThumbnail: true });
    assert.equal(remade?.thumbnail, ports.bucket.writes[0]?.key);
    assert.deepEqual(rest, { isStoryboardMissing: true });
    await assert.rejects(attempt(storyboard, INPUT), (error) => isFailure(error, 'ServiceFailed'));
  });

  test('if a clip can have no storyboard, or STORYBOARDS is no, nothing is stored', async () => {
    const without = createFakePorts();
    without.media.storyboardMade = null;
    assert.deepEqual(await attempt(createActivities(without).storyboard, INPUT), {});
    const off = createFakePorts({ storyboards: false });
    assert.deepEqual(await attempt(createActivities(off).storyboard, INPUT), {});
    assert.deepEqual([...without.bucket.writes, ...off.bucket.writes], []);
    assert.deepEqual(off.media.storyboardUrls, []);
  });

  test('if the link expired while the storyboard waited, nobody asks the CDN', async () => {
    const ports = createFakePorts();
    const expired = signedLink({ expiresAt: Math.floor(Date.now() / 1000) - 1 });
    const run = attempt(createActivities(ports).storyboard, { ...INPUT, url: expired });
    await assert.rejects(run, (error) => isFailure(error, 'LinkExpired'));
    assert.deepEqual(ports.media.storyboardUrls, []);
  });

  test('the metrics count storyboards by their outcome', async () => {
    const ports = createFakePorts();
    const outcomes: string[] = [];
    ports.metrics = { ...ports.metrics, storyboard: (outcome) => void outcomes.push(outcome) };
    const { storyboard } = createActivities(ports);
    await attempt(storyboard, INPUT);
    ports.media.storyboardMade = null;
    await attempt(storyboard, INPUT);
    ports.media.beforeStoryboard.add(() => {
      throw serviceFailed('503');
    });
    await assert.rejects(attempt(storyboard, INPUT), (error) => isFailure(error, 'ServiceFailed'));
    assert.deepEqual(outcomes, ['made', 'none', 'ServiceFailed']);
  });

  test('a worker asks for newer pictures of a clip after a refresh, according to STORYBOARDS', async () => {
    const { clip, ...state } = aState();
    const given = without(clip, 'url', 'channelName', 'guildName');
    const wantedBy = async (storyboards: boolean, pictureVersion?: number) => {
      const ports = createFakePorts({ storyboards });
      ports.discord.post(aMessage());
      const known = pictureVersion === undefined ? {} : { pictureVersion };
      const input = { state: { ...state, ...known, clip: given }, adopt: false };
      return (await attempt(createActivities(ports).refetch, input)).pictureVersion;
    };
    assert.deepEqual([await wantedBy(true), await wantedBy(true, 1)], [2, 2]);
    assert.deepEqual([await wantedBy(true, 2), await wantedBy(false, 2)], [undefined, undefined]);
    assert.deepEqual([await wantedBy(false), await wantedBy(false, 1)], [1, undefined]);
  });
});
