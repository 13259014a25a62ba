import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createActivities } from '../../../src/activities/create-activities.ts';
import { recordKey } from '../../../src/clip/clip.ts';
import { recordOf, type ClipRecord } from '../../../src/clip/record.ts';
import { applicationFailure, storedAttemptIn } from '../../../src/errors.ts';
import { aMessage, without } from '../../clip/a-message.ts';
import { createFakePorts } from '../../support/fake-ports.ts';
import { aState, anEnvironment } from '../run-activity.ts';

const KEY = recordKey(aState().clip);
const STORED_ATTEMPT = 1_000_000;

/**
 * Stages a bucket that already has a record with the revision that the test writes. This record has a later attempt
 * number and different content.
 */
function stage() {
  const ports = createFakePorts();
  const other = aState({ clip: { ...aState().clip, description: 'other' } });
  ports.bucket.put(KEY, recordOf(other, STORED_ATTEMPT));
  return { ports, record: () => ports.bucket.json(KEY) as ClipRecord };
}

/** Runs an activity as the server does: each attempt gets the last heartbeat of the attempt before it. */
async function attemptsUntilDone<I>(activity: (input: I) => Promise<unknown>, input: I) {
  let heartbeatDetails: unknown;
  for (let attempt = 1; attempt <= 5; attempt++) {
    const environment = anEnvironment({ attempt, heartbeatDetails });
    environment.on('heartbeat', (details: unknown) => {
      heartbeatDetails = details === undefined ? undefined : JSON.parse(JSON.stringify(details));
    });
    const failure: unknown = await environment.run(activity as never, input).then(
      () => null,
      (error: unknown) => error,
    );
    if (failure === null) return attempt;
    assert.equal(applicationFailure(failure)?.type, 'ServiceFailed');
    assert.equal(applicationFailure(failure)?.nonRetryable, false);
  }
  return null;
}

describe('a write that finds a later attempt of its revision', () => {
  test('if the stored record is from a much later attempt and has different content, persist fails once and its first retry succeeds', async () => {
    const { ports, record } = stage();
    const { persist } = createActivities(ports);
    const input = { state: aState(), adopt: false, earlierAttempts: 3 };
    assert.equal(await attemptsUntilDone(persist, input), 2);
    assert.ok(record().Attempt > STORED_ATTEMPT);
    assert.equal(record().Description, aState().clip.description);
  });

  test('if the stored record is from a much later attempt and has different content, refetch fails once and its first retry succeeds', async () => {
    const { ports, record } = stage();
    ports.discord.post(aMessage());
    const { refetch } = createActivities(ports);
    const { clip, ...state } = aState();
    const input = {
      state: { ...state, clip: without(clip, 'url', 'channelName', 'guildName') },
      adopt: false,
    };
    assert.equal(await attemptsUntilDone(refetch, input), 2);
    assert.ok(record().Attempt > STORED_ATTEMPT);
  });

  test('if the stored record is from a later attempt and has different content, a local persist fails and its error names that attempt', async () => {
    const { ports } = stage();
    const { persist } = createActivities(ports);
    const input = { state: aState(), adopt: false, earlierAttempts: 0 };
    const run = anEnvironment({ isLocal: true }).run(persist as never, input);
    const error = await run.catch((reason: unknown) => reason);
    assert.equal(storedAttemptIn(error), STORED_ATTEMPT);
    assert.equal(applicationFailure(error)?.nonRetryable, true);
  });
});
