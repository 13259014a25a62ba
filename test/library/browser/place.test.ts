import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  choosePlace,
  pathWith,
  readPlace,
  type PlaceContext,
} from '../../../src/library/browser/list/place.ts';

/** Three rows of one card, each 300 px high, scrolled by 350 px. */
const CARDS = [0, 300, 600].map((y) => ({ id: `card-${y}`, top: y - 350, bottom: y - 50 }));
const CONTEXT: PlaceContext = {
  count: 48,
  isAtTop: false,
  headerHeight: 64,
  windowHeight: 500,
  openedId: null,
};

describe('the place of a reader in a list', () => {
  test('"back" leads to the first card in view below the header', () => {
    assert.deepEqual(choosePlace(CARDS, CONTEXT), {
      count: 48,
      anchorId: 'card-300',
      at: 1,
      offset: -50,
    });
    // The header covers all of the second card.
    const place = choosePlace(CARDS, { ...CONTEXT, headerHeight: 250 });
    assert.deepEqual(place, { count: 48, anchorId: 'card-600', at: 2, offset: 250 });
  });

  test('"back" leads to the card that the reader opened while the card is in view', () => {
    const opened = choosePlace(CARDS, { ...CONTEXT, openedId: 'card-600' });
    assert.deepEqual(opened, { count: 48, anchorId: 'card-600', at: 2, offset: 250 });
    assert.equal(choosePlace(CARDS, { ...CONTEXT, openedId: 'card-0' }).anchorId, 'card-300');
  });

  test('at the top of the page, "back" leads to the top, not to the first card', () => {
    const place = choosePlace(CARDS, { ...CONTEXT, isAtTop: true });
    assert.deepEqual(place, { count: 48, anchorId: null, at: 0, offset: 0 });
    assert.equal(choosePlace([], CONTEXT).anchorId, null);
  });

  test('a place asks for at most 240 cards', () => {
    assert.equal(choosePlace(CARDS, { ...CONTEXT, count: 500 }).count, 240);
    assert.equal(readPlace({ count: 500, anchorId: null, offset: 0 })?.count, 240);
  });

  test('a path gets one more parameter, whether it has others or not', () => {
    assert.equal(pathWith('/', 'count', '72'), '/?count=72');
    assert.equal(pathWith('/?q=ace', 'typing', '1'), '/?q=ace&typing=1');
  });

  test('the state of another script is not a place', () => {
    for (const state of [null, undefined, 'x', 7, {}, { count: '24', offset: 0 }, { count: 24 }]) {
      assert.equal(readPlace(state), null);
    }
    const place = { count: 24, anchorId: 'card-1', at: 3, offset: -3 };
    assert.deepEqual(readPlace({ ...place, other: 1 }), place);
    assert.equal(readPlace({ ...place, anchorId: 5 })?.anchorId, null);
  });
});
