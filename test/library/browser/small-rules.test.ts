import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { countNewClips } from '../../../src/library/browser/list/count-new-clips.ts';
import { frameAt } from '../../../src/library/browser/cards/frame-at.ts';
import { isShortcut } from '../../../src/library/browser/page/is-shortcut.ts';
import { otherTheme } from '../../../src/library/browser/page/other-theme.ts';
import { newClipsText } from '../../../src/library/browser/words.ts';

const KEY = {
  ctrlKey: false,
  altKey: false,
  metaKey: false,
  isComposing: false,
  defaultPrevented: false,
};
const PAGE = { isOn: true, isInField: false, isInDialog: false };

describe('shortcuts', () => {
  test('a key is a shortcut unless it is text, belongs to the browser or all shortcuts are off', () => {
    assert.equal(isShortcut(KEY, PAGE), true);
    assert.equal(isShortcut(KEY, { ...PAGE, isOn: false }), false);
    assert.equal(isShortcut(KEY, { ...PAGE, isInField: true }), false);
    assert.equal(isShortcut(KEY, { ...PAGE, isInDialog: true }), false);
    for (const name of Object.keys(KEY)) {
      assert.equal(isShortcut({ ...KEY, [name]: true }, PAGE), false, name);
    }
  });
});

describe('the theme', () => {
  test('the button offers the theme that the reader does not see', () => {
    assert.equal(otherTheme('dark', false), 'light');
    assert.equal(otherTheme('light', true), 'dark');
    assert.equal(otherTheme('system', true), 'light');
    assert.equal(otherTheme('system', false), 'dark');
  });
});

describe('the frame under the pointer', () => {
  test('each part of the picture has a frame, and the edges have the first and the last frame', () => {
    const picture = { left: 100, width: 300 };
    assert.equal(frameAt(100, picture, 10), 0);
    assert.equal(frameAt(129, picture, 10), 0);
    assert.equal(frameAt(130, picture, 10), 1);
    assert.equal(frameAt(399, picture, 10), 9);
    assert.equal(frameAt(420, picture, 10), 9);
    assert.equal(frameAt(50, picture, 10), 0);
    assert.equal(frameAt(399, picture, 4), 3);
    assert.equal(frameAt(5, { left: 0, width: 0 }, 10), 0);
  });
});

describe('new clips', () => {
  test('only clips that come before the shown clips are new', () => {
    assert.equal(countNewClips(['n2', 'n1', 'a', 'b'], ['a', 'b', 'c']), 2);
    assert.equal(countNewClips(['a', 'b', 'c'], ['a', 'b', 'c']), 0);
    // A clip was deleted, so an older clip moved up.
    assert.equal(countNewClips(['b', 'c', 'd'], ['a', 'b', 'c']), 0);
    assert.equal(countNewClips(['n3', 'n2', 'n1'], ['a', 'b']), 3);
  });

  test('the button says how many clips are new', () => {
    assert.equal(newClipsText(1, false), '1 new clip');
    assert.equal(newClipsText(3, false), '3 new clips');
    assert.equal(newClipsText(24, true), '24+ new clips');
  });
});
