import {
  AUDITS_QUERY,
  BACKFILLS_QUERY,
  deadLinksQuery,
  DELETIONS_QUERY,
  ERASING_QUERY,
  expiringQuery,
  NO_EXPIRY_QUERY,
  REPORTED_PROBLEMS_QUERY,
  slowQuery,
  SWEEPS_QUERY,
  UNKNOWN_TYPES_QUERY,
  UNREACHABLE_QUERY,
  onTaskQueue,
} from '../temporal/clip-queries.ts';

/** Workflows that are likely to be stuck. */
export interface Suspects {
  query: string;
  /** How many of the workflows are inspected. */
  max: number;
  /** True if the query needs a search attribute that only newer servers have. */
  isOptional?: true;
}

/** A few clips of each query are enough, because most faults affect all clips. */
const MAX_CLIPS = 20;

/**
 * An unreachable clip makes no request for hours. At any moment a fault shows in only a few of these clips, so more of
 * them are inspected.
 */
const MAX_UNREACHABLE = 100;

/**
 * A fault of a backfill, an audit, a sweep or a deletion affects only its own place, so all of them are inspected, up to
 * this bound.
 */
const MAX_OF_TYPE = 500;

/**
 * The number of parts into which the margin is divided. The margin is the last part of a lease. A link is refreshed
 * when its margin begins, so most links that are still in the margin have a fault.
 */
const PARTS_OF_MARGIN = 4;

/**
 * Returns queries for the workflows that are most likely to be stuck. `marginMs` is how long before its expiry a link
 * is refreshed. The server cannot sort links by their expiry, so one query for each part of the margin makes sure that
 * the links that expire first are inspected.
 */
export function suspects({
  nowMs,
  marginMs,
  taskQueue,
}: {
  nowMs: number;
  marginMs: number;
  taskQueue: string;
}): Suspects[] {
  const parts = Array.from({ length: PARTS_OF_MARGIN }, (_, part) => {
    const partMs = marginMs / PARTS_OF_MARGIN;
    return expiringQuery(nowMs + (part + 1) * partMs, nowMs + part * partMs);
  });
  return [
    {
      query: onTaskQueue(REPORTED_PROBLEMS_QUERY, taskQueue),
      max: MAX_OF_TYPE,
      isOptional: true,
    },
    { query: onTaskQueue(UNKNOWN_TYPES_QUERY, taskQueue), max: MAX_CLIPS },
    { query: BACKFILLS_QUERY, max: MAX_OF_TYPE },
    { query: AUDITS_QUERY, max: MAX_OF_TYPE },
    { query: SWEEPS_QUERY, max: MAX_OF_TYPE },
    { query: DELETIONS_QUERY, max: MAX_OF_TYPE },
    { query: ERASING_QUERY, max: MAX_CLIPS },
    { query: deadLinksQuery(nowMs), max: MAX_CLIPS },
    { query: slowQuery(nowMs), max: MAX_CLIPS },
    { query: NO_EXPIRY_QUERY, max: MAX_CLIPS },
    ...parts.map((query) => ({ query, max: MAX_CLIPS })),
    { query: UNREACHABLE_QUERY, max: MAX_UNREACHABLE },
  ];
}
