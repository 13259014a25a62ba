import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { HISTORY_CHANNEL } from '../../scripts/compose/archive.mjs';
import { ROOT } from '../../scripts/support/paths.mjs';
import { DETAILS, SUMMARIES } from '../../scripts/test/check-pages.mjs';
import { BACKFILL_COMMAND, READY_LINE } from '../../scripts/test/start-demo.mjs';

/** Returns the text of all source files under a folder. */
async function readSources(folder: string): Promise<string> {
  const names = await readdir(join(ROOT, folder), { recursive: true });
  const files = names.filter((name) => name.endsWith('.ts'));
  const texts = await Promise.all(files.map((name) => readFile(join(ROOT, folder, name), 'utf8')));
  return texts.join('\n');
}

test('npm start and the demo print the lines that the test scripts wait for', async () => {
  const source = await readSources('src/local');
  assert.ok(source.includes(READY_LINE), READY_LINE);
  const [, backfillLine = ''] = /^\^([^\\]+)\\n/.exec(BACKFILL_COMMAND.source) ?? [];
  assert.ok(source.includes(backfillLine), backfillLine);
  // Where the printed line has an id, the source file has an expression. Replace the expression with an id.
  assert.match(source.replace(/\$\{[^}]*\}/g, '1574154027606736897'), HISTORY_CHANNEL);
});

test('the workflows set the summaries and details that npm run test:ui looks for in the Web UI', async () => {
  const source = await readSources('src/workflows');
  for (const summary of SUMMARIES) assert.ok(source.includes(summary), summary);
  for (const label of Object.keys(DETAILS)) assert.ok(source.includes(`'${label}'`), label);
});
