import { formatTarget, meetsTarget, type Target } from '../support/check-target.ts';
import type { Cost, Growth } from './measure-growth.ts';
import type { Throughput } from './measure-throughput.ts';

/** Clips must reach this share of the bare workflows' speed. */
const MIN_SPEED_RATIO = 0.8;
/** Clips may take at most this multiple of the bare workflows' database bytes. */
const MAX_BYTES_RATIO = 1.3;

/** One figure, measured for clips and for bare workflows. */
export interface Row {
  /** The JSON key of the clips' figure. The key of the bare workflows' figure is derived from this key. */
  name: string;
  label: string;
  clip: number;
  bare: number;
  ratio: number;
  target: Target | null;
}

const LABELS: Record<Exclude<keyof Cost, 'runs'>, string> = {
  bytes: 'database bytes',
  events: 'history events',
  remoteActivities: 'remote activities',
  localActivities: 'local activities',
  workerCpuSeconds: 'CPU seconds of the worker',
  serverCpuSeconds: 'CPU seconds of the server',
};

/** Compares clips with bare workflows, figure by figure, first without storyboards and then with them. */
export function compareKinds(throughput: Throughput, growth: Growth): Row[] {
  const { clip, clipWithStoryboard, bare, ratios } = throughput;
  return [
    {
      name: 'clipsPerSecond',
      label: 'from history to sleep, per second',
      clip: clip.perSecond,
      bare: bare.perSecond,
      ratio: ratios.clip,
      target: { min: MIN_SPEED_RATIO },
    },
    // These CPU seconds are the median of many throughput rounds with a warm worker. The growth measurement has
    // only one round.
    ...compareCosts(
      'Clip',
      'a sleeping clip',
      { ...growth.clip.sleeping, ...clip.cpu },
      { ...growth.bare.sleeping, ...bare.cpu },
    ),
    ...compareCosts('Refresh', 'a refresh', growth.clip.refresh, growth.bare.refresh),
    // A storyboard is a third activity, which the bare workflow lacks, so these figures have no target.
    {
      name: 'clipsWithStoryboardsPerSecond',
      label: 'with storyboards: from history to sleep, per second',
      clip: clipWithStoryboard.perSecond,
      bare: bare.perSecond,
      ratio: ratios.clipWithStoryboard,
      target: null,
    },
    ...compareCosts(
      'ClipWithStoryboard',
      'with storyboards: a sleeping clip',
      { ...growth.withStoryboard, ...clipWithStoryboard.cpu },
      { ...growth.bare.sleeping, ...bare.cpu },
    ).map((row) => ({ ...row, target: null })),
  ];
}

function compareCosts(unit: string, unitLabel: string, clip: Cost, bare: Cost): Row[] {
  const names = Object.keys(LABELS) as (keyof typeof LABELS)[];
  return names.map((name) => ({
    name: `${name}Per${unit}`,
    label: `${unitLabel}: ${LABELS[name]}`,
    clip: clip[name],
    bare: bare[name],
    ratio: clip[name] / bare[name],
    target: name === 'bytes' ? { max: MAX_BYTES_RATIO } : null,
  }));
}

/** Formats the rows as a table for people. */
export function formatTable(rows: Row[]): string {
  const cells = [
    ['', 'clip', 'bare', 'ratio', 'target'],
    ...rows.map(({ label, clip, bare, ratio, target }) => [
      label,
      formatFigure(clip),
      formatFigure(bare),
      Number.isFinite(ratio) ? ratio.toFixed(2) : '-',
      target === null ? '' : describeTarget(ratio, target),
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

/** Formats the rows as one line of JSON for programs. */
export function formatJson(rows: Row[]): string {
  const entries = rows.flatMap(({ name, clip, bare }): [string, number][] => [
    [name, roundFigure(clip)],
    [`bare${name.charAt(0).toUpperCase()}${name.slice(1)}`, roundFigure(bare)],
  ]);
  const ratio = rows.find(({ name }) => name === 'clipsPerSecond')?.ratio ?? NaN;
  return JSON.stringify({
    ...Object.fromEntries(entries),
    clipsPerSecondRatio: roundFigure(ratio),
  });
}

function describeTarget(ratio: number, target: Target): string {
  return `${formatTarget(target)}: ${meetsTarget(ratio, target) ? 'met' : 'MISSED'}`;
}

/** Formats a number with three significant digits. Numbers of 1000 or more are rounded to whole numbers. */
function formatFigure(value: number): string {
  return value >= 1000
    ? Math.round(value).toLocaleString('en')
    : String(Number(value.toPrecision(3)));
}

function roundFigure(value: number): number {
  return Number(value.toPrecision(5));
}
