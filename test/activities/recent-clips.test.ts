import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createRecentClips } from '../../src/activities/forget/recent-clips.ts';

const clip = (attachmentId: number) => ({
  channelId: '1',
  messageId: '2',
  attachmentId: String(attachmentId),
});

describe('recent clips', () => {
  test('a clip is recent for a minute after it was last added', () => {
    let nowMs = 0;
    const recentClips = createRecentClips(() => nowMs);
    assert.equal(recentClips.has(clip(1)), false);
    recentClips.add(clip(1));
    nowMs = 30_000;
    recentClips.add(clip(1));
    nowMs = 89_999;
    assert.equal(recentClips.has(clip(1)), true);
    nowMs = 90_000;
    assert.equal(recentClips.has(clip(1)), false);
  });

  test('after 5,000 other clips, a clip is no longer recent, so the memory is bounded', () => {
    const recentClips = createRecentClips(() => 0);
    for (let id = 0; id <= 5000; id++) recentClips.add(clip(id));
    assert.equal(recentClips.has(clip(0)), false);
    assert.equal(recentClips.has(clip(1)), true);
  });
});
