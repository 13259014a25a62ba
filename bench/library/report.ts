import { checkTarget, formatTarget, meetsTarget, type Target } from '../support/check-target.ts';
import { roundTo } from '../support/numbers.ts';
import type { Redirects } from './measure-redirects.ts';
import type { Searches, Times } from './measure-searches.ts';
import type { Upserts } from './measure-upserts.ts';

const MAX_SEARCH_MS = 50;
const MIN_REDIRECTS_PER_SECOND = 1000;
const MAX_REDIRECT_MS = 50;
const BYTES_PER_MB = 1_000_000;

/** What was measured with one database. */
export interface Measured {
  rebuildSeconds: number;
  searches: Searches;
  redirects: Redirects;
  upserts: Upserts;
  /** The most resident memory of the library's process that was seen, in bytes. */
  libraryBytes: number;
  /** The same of PGlite's process; null with PostgreSQL. */
  pgliteBytes: number | null;
}

const TARGETS = {
  searchP95Ms: { max: MAX_SEARCH_MS },
  redirectsPerSecond: { min: MIN_REDIRECTS_PER_SECOND },
  redirectP99Ms: { max: MAX_REDIRECT_MS },
} satisfies Record<string, Target>;

/** Returns the figures for programs. */
export function figuresOf({ rebuildSeconds, searches, redirects, upserts, ...memory }: Measured) {
  return {
    searchP95Ms: roundTo(1, searches.ten.p95Ms),
    searchP95MsOneClient: roundTo(1, searches.one.p95Ms),
    newSearchP95Ms: roundTo(1, searches.tenNew.p95Ms),
    searchMaxMs: roundTo(1, searches.ten.maxMs),
    searchesPerSecond: Math.round(searches.perSecond),
    redirectsPerSecond: Math.round(redirects.perSecond),
    redirectP99Ms: roundTo(1, redirects.p99Ms),
    redirectMaxMs: roundTo(1, redirects.maxMs),
    bareRedirectsPerSecond: Math.round(redirects.barePerSecond),
    bareRedirectP99Ms: roundTo(1, redirects.bareP99Ms),
    upsertsPerSecond: Math.round(upserts.perSecond),
    linkUpsertsPerSecond: Math.round(upserts.linksPerSecond),
    rebuildSeconds: roundTo(1, rebuildSeconds),
    rssBytes: memory.libraryBytes + (memory.pgliteBytes ?? 0),
    libraryRssBytes: memory.libraryBytes,
    pgliteRssBytes: memory.pgliteBytes,
  };
}

export type Figures = ReturnType<typeof figuresOf>;

/** Formats what was measured as lines for people. */
export function formatLines(name: string, measured: Measured): string {
  const { searches, redirects, upserts, libraryBytes, pgliteBytes } = measured;
  const figures = figuresOf(measured);
  const target = (figure: keyof typeof TARGETS) => describeTarget(figures[figure], TARGETS[figure]);
  const kinds = Object.entries(searches.byKind).map(
    ([kind, times]) => `    ${kind}: ${formatTimes(times)}`,
  );
  const lines = [
    name,
    `  searches, one client: ${formatTimes(searches.one)}`,
    `  searches, ten clients: ${formatTimes(searches.ten)}, ${figures.searchesPerSecond} a second (p95 ${target('searchP95Ms')})`,
    `  new searches, ten clients: ${formatTimes(searches.tenNew)}`,
    ...kinds,
    `  slowest search with one client: ${searches.slowest.query} (${roundTo(1, searches.slowest.ms)} ms)`,
    `  redirects: ${figures.redirectsPerSecond} a second (${target('redirectsPerSecond')}), p99 ${figures.redirectP99Ms} ms (${target('redirectP99Ms')}), slowest ${figures.redirectMaxMs} ms`,
    `  bare Hono: ${figures.bareRedirectsPerSecond} redirects a second, p99 ${roundTo(1, redirects.bareP99Ms)} ms`,
    `  upserts: ${figures.upsertsPerSecond} records a second, ${Math.round(upserts.linksPerSecond)} with only a new link`,
    `  rebuild from a folder bucket: ${figures.rebuildSeconds} s`,
    `  memory: library ${formatMegabytes(libraryBytes)}${pgliteBytes === null ? '' : `, PGlite's process ${formatMegabytes(pgliteBytes)}`}`,
  ];
  return lines.join('\n');
}

/** If a figure misses its target, prints a line, and the benchmark exits with 1. */
export function checkFigures(name: string, figures: Figures): void {
  for (const key of Object.keys(TARGETS) as (keyof typeof TARGETS)[]) {
    checkTarget(`${name} ${key}`, figures[key], TARGETS[key]);
  }
}

function describeTarget(figure: number, target: Target): string {
  return `${formatTarget(target)}: ${meetsTarget(figure, target) ? 'met' : 'MISSED'}`;
}

function formatTimes({ p50Ms, p95Ms, maxMs }: Times): string {
  return `p50 ${roundTo(1, p50Ms)} ms, p95 ${roundTo(1, p95Ms)} ms, slowest ${roundTo(1, maxMs)} ms`;
}

function formatMegabytes(bytes: number): string {
  return `${Math.round(bytes / BYTES_PER_MB)} MB`;
}
