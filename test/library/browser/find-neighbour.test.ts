import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { findNeighbour, type ArrowKey } from '../../../src/library/browser/cards/find-neighbour.ts';

const COLUMNS = 3;

/** Eight cards in three columns. The cards of a row differ in height. */
const BOXES = Array.from({ length: 8 }, (_, at) => ({
  left: (at % COLUMNS) * 320,
  top: Math.floor(at / COLUMNS) * 290,
  width: 300,
  height: 250 + (at % 2) * 20,
}));
const move = (from: number, key: ArrowKey) => findNeighbour(BOXES, from, key);

describe('arrow keys between cards', () => {
  test('left and right follow the list, also from row to row, and stop at its ends', () => {
    assert.equal(move(2, 'ArrowRight'), 3);
    assert.equal(move(3, 'ArrowLeft'), 2);
    assert.equal(move(0, 'ArrowLeft'), null);
    assert.equal(move(7, 'ArrowRight'), null);
  });

  test('up and down stay in the column', () => {
    assert.equal(move(1, 'ArrowDown'), 4);
    assert.equal(move(4, 'ArrowUp'), 1);
    assert.equal(move(0, 'ArrowUp'), null);
    assert.equal(move(6, 'ArrowDown'), null);
  });

  test('down from above a gap leads to the nearest card of the last row', () => {
    assert.equal(move(5, 'ArrowDown'), 7);
  });

  test('a card of the same row that begins a little lower is not below', () => {
    const uneven = BOXES.map((box, at) => ({ ...box, top: box.top + (at % 2) * 12 }));
    assert.equal(findNeighbour(uneven, 0, 'ArrowDown'), 3);
    assert.equal(findNeighbour(uneven, 4, 'ArrowUp'), 1);
  });

  test('a card that is not in the list has no neighbour', () => {
    assert.equal(move(-1, 'ArrowRight'), null);
    assert.equal(move(8, 'ArrowUp'), null);
  });
});
