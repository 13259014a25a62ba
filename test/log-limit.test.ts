import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createLogLimit } from '../src/log-limit.ts';

function stage() {
  let nowMs = 1_709_287_200_000;
  return { limit: createLogLimit(60_000, () => nowMs), pass: (ms: number) => (nowMs += ms) };
}

describe('the limit of log lines', () => {
  test('if lines of the same kind repeat, one line a minute is logged', () => {
    const { limit, pass } = stage();
    assert.deepEqual(
      [limit.mayLog('a'), limit.mayLog('a'), limit.mayLog('b')],
      [true, false, true],
    );
    pass(59_999);
    assert.ok(!limit.mayLog('a'));
    pass(1);
    assert.deepEqual([limit.mayLog('a'), limit.mayLog('a')], [true, false]);
  });

  test('if lines differ only in numbers, they count as the same kind', () => {
    const { limit } = stage();
    assert.ok(limit.mayLog('Discord returned a server error (GET /channels/1/messages/2, 503)'));
    assert.ok(!limit.mayLog('Discord returned a server error (GET /channels/3/messages/45, 502)'));
    assert.ok(limit.mayLog('Discord is unreachable: ECONNREFUSED (GET /channels/1/messages/2)'));
  });

  test('if lines differ only in file names, they count as the same kind, so an outage of the media server logs one line a minute', () => {
    const { limit } = stage();
    const line = (path: string) => `the media server did not send the file (GET ${path}, 503)`;
    assert.ok(limit.mayLog(line('/attachments/1/2/COMET.mp4')));
    assert.ok(!limit.mayLog(line('/attachments/3/4/no_scope.mp4')));
    assert.ok(!limit.mayLog(line('/avatars/5/a_0d3f.png')));
  });

  test('if the log has hundreds of different kinds of lines, the oldest kind is forgotten', () => {
    const { limit } = stage();
    const texts = Array.from({ length: 500 }, (_, n) => 'x'.repeat(n + 1));
    for (const text of texts) assert.ok(limit.mayLog(text));
    assert.ok(limit.mayLog('x'), 'the oldest kind is forgotten');
    assert.ok(!limit.mayLog('x'.repeat(500)));
  });
});
