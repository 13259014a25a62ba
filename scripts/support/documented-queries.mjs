import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from './paths.mjs';

/** Matches a comparison with a search attribute, such as `ClipState = 'live'` or `LinkExpiresAt IS NULL`. */
const COMPARISON =
  /\b(?:ExecutionStatus|WorkflowType|WorkflowId|StartTime|CloseTime|TaskQueue|TemporalReportedProblems|Clip(?:Title|State|Channel|Guild|Poster)|LinkExpiresAt)\s*(?:!=|<=?|>=?|=|IN\b|IS\b|BETWEEN\b|STARTS_WITH\b)/;

/** The places of a page in which a query may stand. Each pattern has the query as its only group. */
const PLACES = [
  /--query "([^"]+)"/g,
  /--query '([^']+)'/g,
  /^```sql\n([^]*?)^```/gm,
  /(?<!`)`([^`\n]+)`(?!`)/g,
];

/** A time in a query. The documented times are examples. */
const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;
const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Finds the list queries in the text of a page.
 *
 * @param {string} text Markdown, or what a program prints
 * @returns {{ queries: string[], strays: string[] }} the queries, each once and on one line. The strays are the lines
 * with a comparison that belongs to none of the queries.
 */
export function findListQueries(text) {
  /** @type {Set<string>} */
  const queries = new Set();
  let rest = text;
  for (const place of PLACES) {
    rest = rest.replace(place, (whole, /** @type {string} */ inside) => {
      // `--query "…"` inside backticks was found by an earlier place.
      if (!COMPARISON.test(inside) || !startsLikeQuery(inside)) return whole;
      queries.add(inside.trim().replace(/\s+/g, ' '));
      return '';
    });
  }
  return {
    queries: [...queries],
    strays: rest.split('\n').filter((line) => COMPARISON.test(line)),
  };
}

/** @param {string} text */
function startsLikeQuery(text) {
  return COMPARISON.exec(text.trim().replace(/^\(+/, ''))?.index === 0;
}

/**
 * Returns the query with a time in the future in place of its times, so that the query finds workflows that run now.
 *
 * @param {string} query
 * @param {number} [nowMs]
 */
export function withCurrentTimes(query, nowMs = Date.now()) {
  return query.replace(TIME, new Date(nowMs + 2 * DAY_MS).toISOString());
}

/** Reads the pages that document list queries, joined: all Markdown in the root and in `docs/`. */
export async function readDocumentation() {
  const texts = ['.', 'docs'].map(async (folder) => {
    const names = await readdir(join(ROOT, folder));
    const pages = names.filter((name) => name.endsWith('.md'));
    return await Promise.all(pages.map((name) => readFile(join(ROOT, folder, name), 'utf8')));
  });
  return (await Promise.all(texts)).flat().join('\n');
}
