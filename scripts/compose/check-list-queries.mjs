import assert from 'node:assert/strict';
import {
  findListQueries,
  readDocumentation,
  withCurrentTimes,
} from '../support/documented-queries.mjs';
import { say, ScriptError } from '../support/report.mjs';
import { until } from './until.mjs';

/** @typedef {import('./archive.mjs').Archive} Archive */
/** @typedef {import('./docker.mjs').Docker} Docker */

/** A task queue without workers, so that the workflows on it keep their search attributes. */
const IDLE_QUEUE = 'list-queries';

/** The states of which the documentation has a query. A stack without faults has only live clips. */
const STATES = ['live', 'unreachable', 'deleted', 'stopped'];

/**
 * Runs every documented list query, and every query that `npm run status` prints, on the Temporal server of the stack.
 * Each query must find a workflow. Starts the workflows that a healthy stack does not have, so call this function last.
 *
 * @param {Docker} docker
 * @param {Archive} archive
 * @throws {ScriptError} if the server refuses a query, or a query finds nothing
 */
export async function checkListQueries({ compose }, archive) {
  for (const state of STATES) {
    await archive.runTemporal(
      ...['workflow', 'start', '--type', 'archiveClip', '--task-queue', IDLE_QUEUE],
      ...['--workflow-id', `list-queries-${state}`],
      ...['--search-attribute', `ClipState="${state}"`],
      ...['--search-attribute', 'ClipPoster="_juno"'],
      ...['--search-attribute', 'ClipChannel="overtime"'],
      ...['--search-attribute', 'ClipGuild="Strangers"'],
      ...['--search-attribute', 'LinkExpiresAt="2026-01-01T00:00:00Z"'],
    );
  }
  // Without an expiry, the status screen prints the query that lists such clips.
  await archive.runTemporal(
    ...['workflow', 'start', '--type', 'archiveClip', '--task-queue', IDLE_QUEUE],
    ...['--workflow-id', 'list-queries-endless', '--search-attribute', 'ClipState="live"'],
  );
  await archive.runTemporal(
    ...['workflow', 'start', '--type', 'backfill', '--task-queue', IDLE_QUEUE],
    ...['--workflow-id', 'list-queries-running', '--input', '{}'],
  );
  // A worker lets this backfill fail, because its input names no channel.
  await archive.runTemporal(
    ...['workflow', 'start', '--type', 'backfill', '--task-queue', 'clips'],
    ...['--workflow-id', 'list-queries-failed', '--input', '{}'],
  );

  const screen = await until('npm run status counts the clips', async () => {
    const output = await compose('exec', '-T', 'worker', 'node', 'dist/status/main.js');
    return /live [1-9]/.test(output) && output.includes('without a readable expiry')
      ? output
      : null;
  });
  const documented = findListQueries(await readDocumentation());
  const printed = findListQueries(screen);
  assert.deepEqual([...documented.strays, ...printed.strays], [], 'these queries are not checked');
  assert.ok(documented.queries.length > 0 && printed.queries.length > 0, 'no query was found');
  for (const query of [...documented.queries, ...printed.queries]) {
    await until(`the query ${query} finds a workflow`, async () => {
      const count = await archive.countWorkflows(withCurrentTimes(query));
      if (Number.isNaN(count)) throw new ScriptError(`the server refused the query ${query}`);
      return count > 0;
    });
  }
  say(`each of ${documented.queries.length + printed.queries.length} list queries found workflows`);
}
