/** A card's box, in CSS pixels from any origin. */
export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

export type ArrowKey = 'ArrowLeft' | 'ArrowRight' | 'ArrowUp' | 'ArrowDown';

/**
 * Returns the index of the card that an arrow key leads to, or null if there is none. Left and right follow the order
 * of the list, also to the next row. Up and down lead to the nearest row, and there to the nearest card.
 */
export function findNeighbour(boxes: readonly Box[], from: number, key: ArrowKey): number | null {
  const start = boxes[from];
  if (start === undefined) return null;
  if (key === 'ArrowLeft') return from > 0 ? from - 1 : null;
  if (key === 'ArrowRight') return from + 1 < boxes.length ? from + 1 : null;
  const way = key === 'ArrowDown' ? 1 : -1;
  // Cards of one row need not begin at the same height.
  const slack = start.height / 2;
  const rows = boxes
    .map((box, at) => ({
      at,
      row: (box.top - start.top) * way,
      side: Math.abs(box.left + box.width / 2 - start.left - start.width / 2),
    }))
    .filter(({ row }) => row > slack);
  const nearest = Math.min(...rows.map(({ row }) => row));
  const row = rows.filter((box) => box.row < nearest + slack);
  return row.sort((a, b) => a.side - b.side)[0]?.at ?? null;
}

export function isArrowKey(key: string): key is ArrowKey {
  return /^Arrow(Left|Right|Up|Down)$/.test(key);
}
