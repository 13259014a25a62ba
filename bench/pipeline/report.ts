import type { Row } from './rows.ts';

/** The rows as a table for people. */
export function tableOf(rows: Row[]): string {
  const cells = [
    ['', 'clip', 'bare', 'ratio', 'target'],
    ...rows.map(({ label, clip, bare, ratio, target }) => [
      label,
      figure(clip),
      figure(bare),
      Number.isFinite(ratio) ? ratio.toFixed(2) : '-',
      target === undefined ? '' : verdict(ratio, target),
    ]),
  ];
  const widths = [0, 1, 2, 3, 4].map((at) => Math.max(...cells.map((row) => row[at]?.length ?? 0)));
  return cells
    .map((row) =>
      row
        .map((cell, at) =>
          at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0),
        )
        .join('  '),
    )
    .join('\n');
}

/** The rows as one line for programs. */
export function jsonOf(rows: Row[]): string {
  const entries = rows.flatMap(({ name, clip, bare }): [string, number][] => [
    [name, rounded(clip)],
    [`bare${name.charAt(0).toUpperCase()}${name.slice(1)}`, rounded(bare)],
  ]);
  const ratio = rows.find(({ name }) => name === 'clipsPerSecond')?.ratio ?? NaN;
  return JSON.stringify({ ...Object.fromEntries(entries), clipsPerSecondRatio: rounded(ratio) });
}

function verdict(ratio: number, target: NonNullable<Row['target']>): string {
  const [met, words] =
    'atLeast' in target
      ? [ratio >= target.atLeast, `at least ${target.atLeast}`]
      : [ratio <= target.atMost, `at most ${target.atMost}`];
  return `${words}: ${met ? 'met' : 'MISSED'}`;
}

/** Three digits that mean something, and whole numbers as they are. */
const figure = (value: number): string =>
  value >= 1000 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));

const rounded = (value: number): number => Number(value.toPrecision(5));
