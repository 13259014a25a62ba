// `npm run test:ui`: runs the demo, opens the Web UI's list and one clip's page in a headless Chromium, and looks
// whether what a person needs is on them. Leaves both pictures in a folder that it names.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { findOnPath } from './lib/find-on-path.mjs';
import { runScript } from './lib/main.mjs';
import { ROOT } from './lib/paths.mjs';
import { say } from './lib/report.mjs';
import { run } from './lib/run.mjs';
import { SetUpError } from './lib/set-up-error.mjs';
import { setUp } from './lib/set-up.mjs';

const TEMPORAL_PORT = '27333';
const WEB_UI_PORT = '28333';
const ORIGIN = `http://127.0.0.1:${WEB_UI_PORT}/namespaces/default/workflows`;
/** The first refresh of the demo's links of a minute; two minutes after it was posted the clip is deleted. */
const UNTIL_REFRESHED_MS = 45_000;

await runScript(async () => {
  const chromium = process.env.CHROMIUM_PATH || (await findChromium());
  await setUp({ build: 'all' });
  const folder = await mkdtemp(join(tmpdir(), 'everclip-ui-'));
  const demo = await startDemo(join(folder, 'data'));
  try {
    await check(chromium, folder);
  } finally {
    demo.kill('SIGINT');
    await once(demo, 'exit');
    await rm(join(folder, 'data'), { recursive: true, force: true });
  }
  say(`the pages tell what a person needs; pictures in ${folder}`);
});

async function check(chromium, folder) {
  const clip = await firstClip(join(folder, 'data', 'bucket', 'messages'));
  await pause(UNTIL_REFRESHED_MS);
  const look = (path, picture, words) =>
    open(chromium, `${ORIGIN}${path}`, join(folder, `${picture}.png`), words);
  const query = encodeURIComponent(`WorkflowId='clip-${clip}'`);
  const list = await look(`?query=${query}`, 'list', [/archiveClip/, /Running/]);
  const [page] = new RegExp(`/clip-${clip}/[0-9a-f-]+`).exec(list) ?? assert.fail('no link to it');
  await look(`${page}/history`, 'history', [
    // Summaries of timers and activities.
    /until \d+ s before the link expires/,
    /make the thumbnail/,
    /fetch a fresh link/,
  ]);
  await look(`${page}/user-metadata`, 'user-metadata', [
    // Static summary, current details.
    /\.mp4 by \w+ in #clips/,
    /State live/,
    /Expires \d{4}-\d\d-\d\dT/,
    /Refreshed (once|\d+ times)/,
    /Waiting until \d+ s before the link expires/,
    /Thumbnail thumb\//,
    /Record messages\//,
  ]);
  const attributes = ['ClipTitle', 'ClipState', 'ClipChannel', 'ClipGuild', 'ClipPoster'];
  await look(
    `${page}/search-attributes`,
    'search-attributes',
    [...attributes, 'LinkExpiresAt'].map((name) => new RegExp(name)),
  );
}

/** Opens a page until its text has all the words, and takes its picture; returns its HTML. */
async function open(chromium, url, picture, words) {
  const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--window-size=1600,1400'];
  const wait = '--virtual-time-budget=20000';
  let missing = words;
  for (let tries = 0; tries < 4; tries++) {
    const { output } = await run(chromium, [...flags, wait, '--dump-dom', url]);
    const text = textOf(output);
    missing = words.filter((word) => !word.test(text));
    if (missing.length > 0) continue;
    const shot = await run(chromium, [...flags, wait, `--screenshot=${picture}`, url]);
    if (!shot.ok) throw new SetUpError(`Chromium can't draw ${url}`, shot.output);
    return output;
  }
  throw new SetUpError(`${url} does not say ${missing.map(String).join(', ')}`);
}

/** A page's words alone. Markdown stands in frames, whose address holds it. */
function textOf(html) {
  const framed = [...html.matchAll(/\/render\?content=([^&"]*)/g)].map(([, markdown]) =>
    decodeURIComponent(markdown).replace(/[|*`]/g, ' '),
  );
  return [html.replace(/<(script|style)[\s\S]*?<\/\1>/g, '').replace(/<[^>]+>/g, ' '), ...framed]
    .join(' ')
    .replace(/\s+/g, ' ');
}

async function startDemo(dataDir) {
  const env = {
    ...process.env,
    DATA_DIR: dataDir,
    TEMPORAL_PORT,
    WEB_UI_PORT,
    TOKEN: '',
    BUCKET_NAME: '',
  };
  const demo = spawn(process.execPath, ['scripts/start.mjs'], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  demo.stdout.setEncoding('utf8').on('data', (chunk) => (said += chunk));
  while (!said.includes('Everclip is running')) {
    if (demo.exitCode !== null) throw new SetUpError('The demo does not start.', said);
    await pause(100);
  }
  return demo;
}

/** Id of the clip whose record came first. */
async function firstClip(folder) {
  for (;;) {
    const files = await readdir(folder, { recursive: true }).catch(() => []);
    const record = files.find((file) => file.endsWith('.json'));
    if (record) return record.replace(/^.*\//, '').replace(/\.json$/, '');
    await pause(200);
  }
}

async function findChromium() {
  for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
    const path = await findOnPath(name);
    if (path) return path;
  }
  throw new SetUpError('There is no Chromium on PATH: install one, or set CHROMIUM_PATH.');
}
