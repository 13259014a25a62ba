import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectInBackground } from '../../src/library/links-when-connected.ts';
import { CLIP_ID, createFakeLinks } from '../support/a-library.ts';
import { until } from '../support/wait.ts';

const TIMES = { minMinutes: 10, timeoutMs: 1000 };
const RETRY_MS = 1;

test('until Temporal answers, workflows are busy; later they are asked', async () => {
  const links = createFakeLinks();
  links.answer = () => ({ kind: 'gone' });
  const faults: unknown[] = [];
  let tries = 0;
  let isUp = false;
  let closed = 0;
  const late = connectInBackground(
    async () => {
      tries++;
      if (!isUp) throw new Error('no answer');
      return {
        links,
        close: async () => {
          closed++;
        },
      };
    },
    (error) => faults.push(error),
    RETRY_MS,
  );
  assert.equal((await late.freshLink(CLIP_ID, TIMES)).kind, 'busy');
  assert.equal((await late.describeClip(CLIP_ID, TIMES)).kind, 'busy');
  await until('more tries', () => tries > 2);
  isUp = true;
  await until('the connection', async () => (await late.freshLink(CLIP_ID, TIMES)).kind === 'gone');
  assert.equal((await late.describeClip(CLIP_ID, TIMES)).kind, 'unknown');
  assert.equal(faults.length, 1, 'one line in the log for all tries');
  await late.close();
  assert.equal(closed, 1);
});

test('a library that stops before Temporal has answered stops trying', async () => {
  let tries = 0;
  const late = connectInBackground(
    () => Promise.reject(new Error(`try ${++tries}`)),
    () => undefined,
  );
  await until('the first try', () => tries === 1);
  await late.close();
  assert.equal(tries, 1);
});
