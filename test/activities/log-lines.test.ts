import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createActivities } from '../../src/activities/create-activities.ts';
import { recordKey } from '../../src/clip/clip.ts';
import { leaseOf } from '../../src/clip/lease.ts';
import { recordOf } from '../../src/clip/record.ts';
import type { ClipState } from '../../src/clip/state.ts';
import { aMessage } from '../clip/a-message.ts';
import { createFakePorts } from '../support/fake-ports.ts';
import { anEnvironment, aState } from './run-activity.ts';

/** Stages a clip whose record was written with this state. `run` returns the log lines of an activity. */
function stage(before: Partial<ClipState> = {}) {
  const ports = createFakePorts();
  const { clip } = aState();
  ports.discord.post(aMessage());
  ports.bucket.put(recordKey(clip), recordOf(aState(before), 1));
  const { persist, refetch } = createActivities(ports);
  const run = async (activity: unknown, input: object): Promise<string[]> => {
    const lines: string[] = [];
    await anEnvironment({}, (line) => lines.push(line)).run(activity as never, input);
    return lines;
  };
  const write = (more: Partial<ClipState>, adopt = false) =>
    run(persist, { state: aState({ revision: 2, ...more }), adopt, earlierAttempts: 0 });
  const fetch = (more: Partial<ClipState> = {}, expiresAt?: number) =>
    run(refetch, { state: aState({ revision: 2, ...more }), adopt: false, expiresAt });
  return { ports, clip, write, fetch };
}

describe('log lines of activities', () => {
  test('the line about a written record says what the write has changed', async () => {
    const { clip, write } = stage();
    assert.deepEqual(await write({ clip: { ...clip, description: 'edited' } }), [
      'INFO wrote the record of COMET.mp4 with the status live: a new text',
    ]);
    assert.deepEqual(await stage({ status: 'archiving' }).write({ thumbnail: 'thumb/x.webp' }), [
      'INFO wrote the record of COMET.mp4 with the status live: a thumbnail',
    ]);
    const thumbnailError = { type: 'MediaUnreadable', message: 'the file is empty' };
    assert.deepEqual(await stage({ status: 'archiving' }).write({ thumbnailError }), [
      'INFO wrote the record of COMET.mp4 with the status live: no thumbnail, because the file is empty',
    ]);
    assert.deepEqual(await stage().write({ status: 'deleted' }), [
      'INFO wrote the record of COMET.mp4 with the status deleted',
    ]);
  });

  test('if a write leaves the stored record unchanged, the log has no line about the write', async () => {
    assert.deepEqual(await stage({ revision: 7 }).write({ status: 'deleted' }), []);
    assert.deepEqual(await stage({ revision: 7 }).write({}, true), [], 'the record is adopted');
  });

  test('the log line about a refresh names what the fetch found, such as a new text', async () => {
    assert.deepEqual(await stage().fetch(), ['INFO refreshed the link of COMET.mp4']);
    assert.deepEqual(await stage({ status: 'unreachable' }).fetch(), [
      'INFO refreshed the link of COMET.mp4; found: access again',
    ]);
    const { ports, fetch } = stage();
    ports.discord.post(aMessage({ content: 'edited', edited_timestamp: '2024-03-01T10:00:00Z' }));
    assert.deepEqual(await fetch(), ['INFO refreshed the link of COMET.mp4; found: a new text']);
  });

  test('if Discord returns the same link again, the log line does not say that the link was refreshed', async () => {
    const { ports, clip, fetch } = stage();
    const { url } = (await ports.discord.fetchMessage(clip.channelId, clip.messageId))
      .attachments[0] ?? { url: '' };
    assert.deepEqual(await fetch({}, leaseOf(url)?.expiresAt), [
      'INFO Discord returned the same link of COMET.mp4',
    ]);
  });
});
