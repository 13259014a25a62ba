/**
 * How long a warm `npm start` takes until it says that it runs, and a demo clip from its message to
 * its record with a thumbnail. Five starts, each in a data folder of its own.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const STARTS = 5;
const root = join(import.meta.dirname, '..');

const results: { readySeconds: number; archivedSeconds: number }[] = [];
for (let start = 0; start < STARTS; start++) {
  const result = await measure(27_300 + start * 2);
  results.push(result);
  console.log(
    `start ${start + 1}: ready after ${result.readySeconds.toFixed(1)} s, first clip archived ${result.archivedSeconds.toFixed(1)} s after its message`,
  );
}
console.log(
  JSON.stringify({
    readySeconds: median(results.map(({ readySeconds }) => readySeconds)),
    archivedSeconds: median(results.map(({ archivedSeconds }) => archivedSeconds)),
  }),
);

async function measure(port: number): Promise<(typeof results)[number]> {
  const dataDir = await mkdtemp(join(tmpdir(), 'everclip-bench-start-'));
  const startedAt = Date.now();
  const child = spawn(process.execPath, ['scripts/start.mjs'], {
    cwd: root,
    env: {
      ...process.env,
      DATA_DIR: dataDir,
      TEMPORAL_PORT: String(port),
      WEB_UI_PORT: String(port + 1),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += String(chunk)));
  try {
    while (!output.includes('Everclip is running')) await pause(20);
    const readySeconds = (Date.now() - startedAt) / 1000;
    const archivedSeconds = await firstArchived(join(dataDir, 'bucket', 'messages'));
    return { readySeconds, archivedSeconds };
  } finally {
    child.kill('SIGINT');
    await once(child, 'exit');
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Seconds from the message (its own time) until the record names a thumbnail. */
async function firstArchived(folder: string): Promise<number> {
  for (;;) {
    const files = await readdir(folder, { recursive: true }).catch(() => []);
    for (const file of files.filter((name) => name.endsWith('.json'))) {
      const text = await readFile(join(folder, file), 'utf8');
      const record = JSON.parse(text) as { Date: number; Thumbnail?: string };
      if (record.Thumbnail) return Date.now() / 1000 - record.Date;
    }
    await pause(20);
  }
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}
