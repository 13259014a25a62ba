import assert from 'node:assert/strict';
import { it } from 'node:test';
import {
  findClipAction,
  mayRepeat,
} from '../../../../src/library/browser/player/rules/key-table.ts';

it('a key that the reader holds down goes on to jump, but skips no clips and flickers nothing', () => {
  const repeats = (key: string) => {
    const action = findClipAction({ key, shiftKey: false });
    return action !== null && mayRepeat(action);
  };
  const held = ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'j', 'l', ',', '.', '<', '>'];
  assert.deepEqual(held.filter(repeats), held);
  assert.deepEqual([' ', 'k', 'n', 'p', 'm', 'f', 't', 'i', 'c', 'o', '5'].filter(repeats), []);
});
