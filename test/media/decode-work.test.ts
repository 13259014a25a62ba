import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  countHiddenFrames,
  isWorthDecoding,
  maxDecodedFrames,
  type PacketTime,
  reachMoment,
} from '../../src/media/ffmpeg/decode-work.ts';
import { parsePacketTimes } from '../../src/media/ffmpeg/packet-times.ts';

/** Returns packets at ten frames a second, with a key frame every `group` frames. */
function packetsFrom(start: number, count: number, group: number): PacketTime[] {
  return Array.from({ length: count }, (_, n) => ({
    seconds: start + n / 10,
    isKey: n % group === 0,
    isHidden: start + n / 10 < 0,
  }));
}

describe('the work to reach a moment', () => {
  test('fewer frames of a large video may be decoded than of a small video', () => {
    assert.equal(maxDecodedFrames({ width: 7680, height: 4320 }), 75);
    assert.equal(maxDecodedFrames({ width: 1920, height: 1080 }), 1205);
    assert.equal(maxDecodedFrames({}), 74);
  });

  test('however small a video is, at most 10,000 of its frames are decoded', () => {
    assert.equal(maxDecodedFrames({ width: 16, height: 16 }), 10_000);
    assert.equal(maxDecodedFrames({ width: 640, height: 360 }), 10_000);
  });

  test('only the frames from the last key frame to the moment count', () => {
    const packets = packetsFrom(0, 100, 20);
    assert.deepEqual(reachMoment(packets, 5, 100), { seconds: 5, frames: 11 });
    assert.deepEqual(reachMoment(packets, 4, 100), { seconds: 4, frames: 1 });
  });

  test('if a moment is too far from its key frame, an earlier moment is reached', () => {
    const packets = packetsFrom(0, 100, 100);
    assert.deepEqual(reachMoment(packets, 5, 20), { seconds: 1.9, frames: 20 });
    assert.deepEqual(reachMoment(packets, 5, 51), { seconds: 5, frames: 51 });
  });

  test('if the edit list hides all frames that can be reached, no moment is reached', () => {
    const packets = packetsFrom(-5, 100, 100);
    assert.equal(reachMoment(packets, 1, 50), null);
    assert.deepEqual(reachMoment(packets, 1, 51), { seconds: 0, frames: 51 });
  });

  test('without a list of frames no moment is reached, because nothing bounds the work', () => {
    assert.equal(reachMoment([], 0, 1000), null);
    assert.equal(reachMoment([], 30, 1000), null);
  });

  test('the hidden frames before the first frame that is shown are counted', () => {
    assert.equal(countHiddenFrames(packetsFrom(-5, 100, 100)), 50);
    assert.equal(countHiddenFrames(packetsFrom(0, 10, 10)), 0);
    assert.equal(countHiddenFrames(packetsFrom(-5, 10, 10)), null);
    assert.equal(countHiddenFrames([]), null);
  });

  test('an earlier moment is worth decoding only if it is at least half way to the moment', () => {
    assert.ok(isWorthDecoding({ seconds: 5, frames: 1 }, 10));
    assert.ok(!isWorthDecoding({ seconds: 4.9, frames: 1 }, 10));
  });

  test("times, key frames and hidden frames are read from the output of ffprobe, and count from the file's start", () => {
    const csv = '990.500000,KD\n1000.033333,__\n1001.000000,K__,side\n';
    assert.deepEqual(parsePacketTimes(csv, 1000), [
      { seconds: -9.5, isKey: true, isHidden: true },
      { seconds: 0.033333, isKey: false, isHidden: false },
      { seconds: 1, isKey: true, isHidden: false },
    ]);
  });

  test('if ffprobe lists no packet, or a packet without a time, there is no list', () => {
    assert.equal(parsePacketTimes('', 0), null);
    assert.equal(parsePacketTimes('0.000000,K__\nN/A,___\n', 0), null);
  });
});
