import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createActivities } from '../../src/activities/create-activities.ts';
import { recordKey } from '../../src/clip/clip.ts';
import { recordOf, type ClipRecord } from '../../src/clip/record.ts';
import { isFailure, serviceFailed } from '../../src/errors.ts';
import { noMetrics } from '../../src/metrics.ts';
import { createFakePorts } from '../support/fake-ports.ts';
import { signedLink } from '../clip/a-message.ts';
import { aState, attempt } from './run-activity.ts';

const HOUR_MS = 60 * 60 * 1000;
const nowSeconds = (): number => Math.floor(Date.now() / 1000);

/** A state whose link was signed `age` seconds ago and is valid for `lease` seconds. */
const leased = (lease: number, age = 0) => {
  const issuedAt = nowSeconds() - age;
  const url = signedLink({ issuedAt, expiresAt: issuedAt + lease });
  return aState({ clip: { ...aState().clip, url } });
};

const FIRST = { adopt: true, earlierAttempts: 0 };

describe('persist', () => {
  test('persist writes the record and plans the refresh at least REFRESH_MARGIN before the link expires', async () => {
    const ports = createFakePorts({ refreshMarginMs: 2 * HOUR_MS });
    const { persist } = createActivities(ports);
    const state = leased(86_400);
    const { refreshAtMs, ...rest } = await attempt(persist, { state, ...FIRST });
    assert.deepEqual(rest, {}, 'nothing was adopted');
    const leftMs = nowSeconds() * 1000 + 86_400_000 - refreshAtMs;
    assert.ok(leftMs >= 2 * HOUR_MS - 60_000 && leftMs <= 2.2 * HOUR_MS + 60_000, `${leftMs} ms`);
    assert.deepEqual(ports.bucket.json(recordKey(state.clip)), recordOf(state, 1));
  });

  test('persist plans an immediate refresh for an expired link, and a refresh after a day for a link without expiry', async () => {
    const { persist } = createActivities(createFakePorts());
    const beforeMs = Date.now();
    const dead = await attempt(persist, { state: leased(60, 61), ...FIRST });
    assert.ok(dead.refreshAtMs >= beforeMs && dead.refreshAtMs <= Date.now());
    const clip = { ...aState().clip, messageId: '2', url: 'https://cdn.example/x.mp4' };
    const endless = await attempt(persist, { state: aState({ clip }), ...FIRST });
    assert.ok(Math.abs(endless.refreshAtMs - Date.now() - 24 * HOUR_MS) < 60_000);
  });

  test('the attempt number in a record is the activity attempt plus the number of earlier attempts', async () => {
    const ports = createFakePorts();
    const { persist } = createActivities(ports);
    const input = { state: aState(), adopt: false, earlierAttempts: 3 };
    await attempt(persist, input, { attempt: 2 });
    const record = ports.bucket.json(recordKey(aState().clip)) as ClipRecord;
    assert.equal(record.Attempt, 5);
    // The hanging local attempt continues only after the newer write, and writes nothing.
    await attempt(persist, { state: aState(), adopt: false, earlierAttempts: 0 }, { attempt: 3 });
    assert.deepEqual(ports.bucket.json(recordKey(aState().clip)), record);
  });

  test('if persist writes nothing, the metric for written records does not change', async () => {
    const ports = createFakePorts();
    const written: string[] = [];
    const metrics = { ...noMetrics, recordWritten: (status: string) => void written.push(status) };
    const { persist } = createActivities({ ...ports, metrics });
    await attempt(persist, { state: aState({ revision: 2 }), adopt: false, earlierAttempts: 0 });
    assert.deepEqual(written, ['live']);
    // In the first call, a newer record supersedes the state. The second call adopts the stored record.
    await attempt(persist, { state: aState({ revision: 1 }), adopt: false, earlierAttempts: 0 });
    await attempt(persist, { state: aState(), ...FIRST });
    assert.deepEqual(written, ['live']);
  });

  test('if a clip already has a record, the first persist call keeps that record and returns its revision, thumbnail and facts', async () => {
    const ports = createFakePorts();
    const { persist } = createActivities(ports);
    const before = recordOf(aState({ revision: 4, thumbnail: 'thumb/1-2.webp' }), 1);
    ports.bucket.put(recordKey(aState().clip), before);
    const { adopted } = await attempt(persist, { state: leased(60), ...FIRST });
    const facts = { sizeBytes: before.Size };
    assert.deepEqual(adopted, { revision: 4, thumbnail: 'thumb/1-2.webp', facts });
    assert.deepEqual(ports.bucket.json(recordKey(aState().clip)), before);
  });

  test('if the bucket fails, persist fails with ServiceFailed', async () => {
    const ports = createFakePorts();
    ports.bucket.beforeWrite.add(serviceFailed('the bucket is away'));
    const write = attempt(createActivities(ports).persist, { state: aState(), ...FIRST });
    await assert.rejects(write, (error) => isFailure(error, 'ServiceFailed'));
  });
});
