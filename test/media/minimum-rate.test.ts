import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, test, type TestContext } from 'node:test';
import { MIN_BYTES_PER_SECOND, RateClock } from '../../src/media/http/minimum-rate.ts';
import { openRangeSource } from '../../src/media/http/ranges.ts';
import { fails } from './support/media-harness.ts';

const WINDOW_MS = 1000;

/** Returns clocks with the sentences that they report. `pass` lets time go by without waiting. */
function startClocks(t: TestContext, count: number) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let nowMs = 0;
  t.mock.method(performance, 'now', () => nowMs);
  const faults: string[] = [];
  const onTooSlow = (why: string): void => void faults.push(why);
  const clocks = Array.from({ length: count }, () => new RateClock(WINDOW_MS));
  for (const clock of clocks) clock.start(onTooSlow);
  t.after(() => clocks.forEach((clock) => clock.stop()));
  const pass = (ms: number): void => {
    nowMs += ms;
    t.mock.timers.tick(ms);
  };
  return { clocks, faults, pass, onTooSlow };
}

describe('the minimum rate of media servers', () => {
  test('bodies that arrive together need the minimum rate only together', (t) => {
    const { clocks, faults, pass } = startClocks(t, 4);
    const share = MIN_BYTES_PER_SECOND / 4;
    for (const clock of clocks) clock.add(share);
    pass(WINDOW_MS);
    assert.deepEqual(faults, []);
    for (const clock of clocks) clock.add(share - 1);
    pass(WINDOW_MS);
    assert.deepEqual(faults, Array(4).fill('the media server sent less than 4 KB/s for 1 s'));
  });

  test('however many bodies arrive together, each of them needs a quarter of the minimum rate', (t) => {
    const { clocks, faults, pass } = startClocks(t, 16);
    for (const clock of clocks) clock.add(MIN_BYTES_PER_SECOND / 4 - 1);
    pass(WINDOW_MS);
    assert.deepEqual(faults, Array(16).fill('the media server sent less than 4 KB/s for 1 s'));
  });

  test('if the other bodies of a window have ended, the next window needs the whole minimum rate', (t) => {
    const { clocks, faults, pass } = startClocks(t, 2);
    pass(WINDOW_MS / 2);
    clocks[1]?.stop();
    clocks[0]?.add(MIN_BYTES_PER_SECOND / 2);
    pass(WINDOW_MS / 2);
    assert.deepEqual(faults, []);
    clocks[0]?.add(MIN_BYTES_PER_SECOND / 2);
    pass(WINDOW_MS);
    assert.deepEqual(faults, ['the media server sent less than 16 KB/s for 1 s']);
  });

  test('a clock that is stopped and started counts the bytes and the time of all bodies', (t) => {
    const { clocks, faults, pass, onTooSlow } = startClocks(t, 1);
    for (let bodies = 1; bodies <= 3; bodies++) {
      clocks[0]?.add(10);
      pass(WINDOW_MS * 0.4);
      assert.equal(faults.length, bodies === 3 ? 1 : 0);
      clocks[0]?.stop();
      pass(WINDOW_MS * 10);
      clocks[0]?.start(onTooSlow);
    }
  });
});

describe('a server that sends the parts of a clip slowly', () => {
  const server = createServer(({ headers }, response) => {
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '') ?? [];
    response.writeHead(206, { 'content-range': `bytes ${first}-${last}/1000000` });
    const bytes = Buffer.alloc(Number(last) - Number(first) + 1);
    response.write(bytes.subarray(1));
    setTimeout(() => response.end(bytes.subarray(0, 1)), 400);
  });
  beforeEach(async () => {
    await once(server.listen(0, '127.0.0.1'), 'listening');
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  test('each part ends before the rate is checked, but the clip still needs the minimum rate', async () => {
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const source = await openRangeSource(`${origin}/clip.mp4`, {
      mediaHosts: [origin],
      idleMs: 5000,
      rateClock: new RateClock(700),
      maxBytes: 1e6,
      signal: new AbortController().signal,
      onProgress: () => undefined,
    });
    const readParts = async (): Promise<void> => {
      for (let part = 1; part <= 4; part++) await source.read(part * 1e5, part * 1e5 + 4096);
    };
    await assert.rejects(readParts(), fails('ServiceFailed', /less than 16 KB\/s for 0\.7 s/));
  });
});
