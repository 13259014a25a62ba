import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { READY_LINE } from '../scripts/test/start-demo.mjs';
import { checkTarget } from './support/check-target.ts';
import { freePort } from './support/free-port.ts';
import { median } from './support/numbers.ts';

const STARTS = 5;
const POLL_MS = 20;
const MAX_READY_SECONDS = 10;
const MAX_ARCHIVED_SECONDS = 3;
const ROOT = join(import.meta.dirname, '..');

interface Start {
  readySeconds: number;
  archivedSeconds: number;
}

/**
 * Measures how long `npm start` takes after the set-up. Also measures the time from a demo clip's message to its record
 * with a thumbnail. Starts the demo five times, each time in a new data folder.
 *
 * `npm run bench -- start`
 */
const starts: Start[] = [];
for (let number = 1; number <= STARTS; number++) {
  const start = await measureStart();
  starts.push(start);
  console.log(
    `start ${number}: ready after ${start.readySeconds.toFixed(1)} s, first clip archived ${start.archivedSeconds.toFixed(1)} s after its message`,
  );
}
const readySeconds = median(starts.map((start) => start.readySeconds));
const archivedSeconds = median(starts.map((start) => start.archivedSeconds));
console.log(JSON.stringify({ readySeconds, archivedSeconds }));
checkTarget('readySeconds', readySeconds, { max: MAX_READY_SECONDS });
checkTarget('archivedSeconds', archivedSeconds, { max: MAX_ARCHIVED_SECONDS });

async function measureStart(): Promise<Start> {
  const dataDir = await mkdtemp(join(tmpdir(), 'everclip-bench-start-'));
  const startedAt = Date.now();
  const child = spawn(process.execPath, ['scripts/start.mjs'], {
    cwd: ROOT,
    env: {
      ...process.env,
      DATA_DIR: dataDir,
      TEMPORAL_PORT: String(await freePort()),
      WEB_UI_PORT: String(await freePort()),
      LIBRARY_ADDRESS: `127.0.0.1:${await freePort()}`,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += String(chunk)));
  try {
    while (!output.includes(READY_LINE)) await pause(POLL_MS);
    const readySeconds = (Date.now() - startedAt) / 1000;
    const archivedSeconds = await waitForThumbnail(join(dataDir, 'bucket', 'messages'));
    return { readySeconds, archivedSeconds };
  } finally {
    child.kill('SIGINT');
    await once(child, 'exit');
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Waits for the first record with a thumbnail. Returns how many seconds ago the clip's message was posted. */
async function waitForThumbnail(folder: string): Promise<number> {
  for (;;) {
    const files = await readdir(folder, { recursive: true }).catch(() => []);
    for (const file of files.filter((name) => name.endsWith('.json'))) {
      const text = await readFile(join(folder, file), 'utf8');
      const record = JSON.parse(text) as { Date: number; Thumbnail?: string };
      if (record.Thumbnail) return Date.now() / 1000 - record.Date;
    }
    await pause(POLL_MS);
  }
}
