import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readClipData } from '../../../../src/library/browser/player/rules/clip-data.ts';
import { findClipAction } from '../../../../src/library/browser/player/rules/key-table.ts';
import { readSwipe } from '../../../../src/library/browser/player/rules/read-swipe.ts';
import { parseRemembered } from '../../../../src/library/browser/player/rules/remembered.ts';
import {
  isLooped,
  toggleLoop,
  togglePlayNext,
} from '../../../../src/library/browser/player/rules/repeat.ts';
import { changeSpeed, SPEEDS } from '../../../../src/library/browser/player/rules/speeds.ts';
import {
  clockText,
  findMoment,
  linkAt,
  parseStart,
  stepFrame,
} from '../../../../src/library/browser/player/rules/times.ts';
import {
  isLeaseOver,
  MAX_TRIES,
  retryPath,
  Tries,
} from '../../../../src/library/browser/player/rules/tries.ts';

const MINUTE_MS = 60_000;
const SHORT_SECONDS = 14;
const LONG_SECONDS = 40;

describe('keys of the clip page', () => {
  const actionOf = (key: string, shiftKey = false) => findClipAction({ key, shiftKey });

  it('a letter means the same with Caps Lock, and C is the only one that Shift changes', () => {
    assert.deepEqual(actionOf('n'), { kind: 'next' });
    assert.deepEqual(actionOf('N', true), { kind: 'next' });
    assert.deepEqual(actionOf('P'), { kind: 'previous' });
    assert.deepEqual(actionOf('C'), { kind: 'copy' });
    assert.deepEqual(actionOf('C', true), { kind: 'copyAt' });
  });

  it('arrows jump five seconds, J and L ten, and a digit jumps to a tenth of the clip', () => {
    assert.deepEqual(actionOf('ArrowLeft'), { kind: 'seekBy', seconds: -5 });
    assert.deepEqual(actionOf('l'), { kind: 'seekBy', seconds: 10 });
    assert.deepEqual(actionOf('7'), { kind: 'seekToTenth', tenth: 7 });
  });

  it('a key without a meaning is left to the browser', () => {
    for (const key of ['Tab', 'Enter', 'x', 'constructor', 'F5', '10']) {
      assert.equal(actionOf(key), null, key);
    }
  });
});

describe('swipes', () => {
  const WIDTH = 360;
  const swipe = (fromX: number, toX: number, y = 0, atMs = 200) =>
    readSwipe({ x: fromX, y: 0, atMs: 0 }, { x: toX, y, atMs }, WIDTH);

  it('a swipe to the left is "next" and one to the right is "previous"', () => {
    assert.equal(swipe(250, 150), 'next');
    assert.equal(swipe(100, 200), 'previous');
  });

  it('a swipe that begins within 24 pixels of the edge belongs to the phone', () => {
    assert.equal(swipe(20, 200), null);
    assert.equal(swipe(WIDTH - 20, 100), null);
    assert.equal(swipe(24, 200), 'previous');
  });

  it('a short, slow or steep way of the finger is no swipe', () => {
    assert.equal(swipe(250, 200), null);
    assert.equal(swipe(250, 100, 0, 700), null);
    assert.equal(swipe(250, 150, 60), null);
  });
});

describe('what the player remembers', () => {
  it('whatever is stored, the settings are valid', () => {
    const usual = { volume: 1, isMuted: false, speed: 1, loop: null, playNext: false };
    for (const text of [null, '', '{', 'null', '[]', '{"volume":7,"speed":3,"loop":"yes"}']) {
      assert.deepEqual(parseRemembered(text), usual, String(text));
    }
    const saved = { volume: 0.4, isMuted: true, speed: 1.5, loop: false, playNext: true };
    assert.deepEqual(parseRemembered(JSON.stringify(saved)), saved);
  });

  it('the speed keys go through the list and stop at its ends', () => {
    assert.equal(changeSpeed(1, 1), 1.25);
    assert.equal(changeSpeed(1, -1), 0.75);
    assert.equal(changeSpeed(1.1, 1), 1.25);
    assert.equal(changeSpeed(SPEEDS[0], -1), SPEEDS[0]);
    assert.equal(changeSpeed(2, 1), 2);
  });
});

describe('the end of a clip', () => {
  const NOTHING = { loop: null, playNext: false };

  it('a clip under 15 seconds repeats unless the next clip should play', () => {
    assert.equal(isLooped(NOTHING, SHORT_SECONDS), true);
    assert.equal(isLooped(NOTHING, 15), false);
    assert.equal(isLooped(NOTHING, null), false);
    assert.equal(isLooped({ loop: null, playNext: true }, SHORT_SECONDS), false);
  });

  it('"Loop" turned on and off again for a long clip leaves the short clips repeating', () => {
    const on = toggleLoop(NOTHING, LONG_SECONDS);
    assert.deepEqual(on, { loop: true, playNext: false });
    assert.deepEqual(toggleLoop(on, LONG_SECONDS), NOTHING);
    assert.deepEqual(toggleLoop(NOTHING, SHORT_SECONDS), { loop: false, playNext: false });
  });

  it('"Loop" and "Play next" turn each other off', () => {
    assert.deepEqual(togglePlayNext({ loop: true, playNext: false }), {
      loop: null,
      playNext: true,
    });
    assert.deepEqual(toggleLoop({ loop: null, playNext: true }, LONG_SECONDS), {
      loop: true,
      playNext: false,
    });
  });
});

describe('times', () => {
  it('a start is read as seconds or as minutes and seconds, and anything else is ignored', () => {
    assert.equal(parseStart('?t=12'), 12);
    assert.equal(parseStart('?in=clips&t=12.5'), 12.5);
    assert.equal(parseStart('?t=1m30s'), 90);
    for (const query of ['', '?t=', '?t=-3', '?t=soon', '?t=1e9', '?t=Infinity']) {
      assert.equal(parseStart(query), null, query);
    }
  });

  it('the link to a second has whole seconds, and the link to the start has none', () => {
    const link = 'https://clips.example.org/c/1-2';
    assert.equal(linkAt(link, 12.9), `${link}?t=12`);
    assert.equal(linkAt(link, 0.9), link);
  });

  it('times are shown as a clock', () => {
    assert.deepEqual([0, 12.9, 64, 3723].map(clockText), ['0:00', '0:12', '1:04', '1:02:03']);
  });

  it('the current moment is the last one that has begun', () => {
    assert.equal(findMoment([0, 4, 8], 4), 1);
    assert.equal(findMoment([0, 4, 8], 7.9), 1);
    assert.equal(findMoment([2, 4], 1), -1);
  });

  it('a step lands in the middle of the next or previous frame, and never before the start', () => {
    const FPS = 30;
    const frameOf = (seconds: number) => Math.floor(seconds * FPS);
    let seconds = 1;
    for (let frame = 31; frame < 40; frame++) {
      seconds = stepFrame(seconds, FPS, 1);
      assert.equal(frameOf(seconds), frame);
    }
    assert.equal(frameOf(stepFrame(seconds, FPS, -1)), 38);
    assert.equal(stepFrame(0, FPS, -1), 0);
  });
});

describe('links that die', () => {
  it('three tries are allowed within a minute, each after a longer wait', () => {
    const tries = new Tries();
    const waits = Array.from({ length: MAX_TRIES }, () => tries.take(0));
    assert.deepEqual(waits, [0, 1000, 4000]);
    assert.equal(tries.take(MINUTE_MS - 1), null);
    assert.equal(tries.take(MINUTE_MS), 0);
    tries.reset();
    assert.equal(tries.count(MINUTE_MS), 0);
  });

  it('a link without a known end is never over', () => {
    assert.equal(isLeaseOver(null, Date.UTC(2100, 0)), false);
    assert.equal(isLeaseOver(1000, 999), false);
    assert.equal(isLeaseOver(1000, 1000), true);
  });

  it('each try has an address of its own', () => {
    assert.equal(retryPath('/c/1-2.mp4', 1), '/c/1-2.mp4?r=1');
    assert.equal(retryPath('/c/1-2.mp4?show=1', 2), '/c/1-2.mp4?show=1&r=2');
  });

  it('data that the page leaves empty is unknown', () => {
    const { leaseEndsMs, frameRate, seconds } = readClipData({ leaseEnds: '', frameRate: 'x' });
    assert.deepEqual([leaseEndsMs, frameRate, seconds], [null, null, null]);
    assert.equal(readClipData({ leaseEnds: '1764180000000' }).leaseEndsMs, 1764180000000);
  });
});
