// `npm run test:ui`: runs the demo, opens the Web UI's list and one clip's pages in a headless Chromium, and looks
// whether what a person needs is on them. Leaves pictures of them in a folder that it names.
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { findOnPath } from './lib/find-on-path.mjs';
import { runScript } from './lib/main.mjs';
import { say } from './lib/report.mjs';
import { SetUpError } from './lib/set-up-error.mjs';
import { setUp } from './lib/set-up.mjs';
import { startDemo } from './lib/start-demo.mjs';

const TEMPORAL_PORT = '27333';
const WEB_UI_PORT = '28333';
const ORIGIN = `http://127.0.0.1:${WEB_UI_PORT}/namespaces/default/workflows`;
/** The demo's links live a minute and its clips two. */
const PATIENCE_MS = 90_000;
const BROWSER_ARGUMENTS = [
  ...['--no-sandbox', '--disable-gpu', '--no-first-run'],
  // Nothing of its own goes out to the network.
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];
const COLUMNS = ['ClipTitle', 'ClipState', 'ClipChannel', 'ClipPoster', 'LinkExpiresAt'];

await runScript(async () => {
  const executablePath = process.env.CHROMIUM_PATH || (await findChromium());
  await setUp({ build: 'all' });
  const folder = await mkdtemp(join(tmpdir(), 'everclip-ui-'));
  // No package is there before the set-up.
  const { chromium } = await import('playwright-core');
  const demo = await startDemo(join(folder, 'data'), { TEMPORAL_PORT, WEB_UI_PORT });
  const browser = await chromium.launch({ executablePath, args: BROWSER_ARGUMENTS });
  try {
    const page = await browser.newPage({ viewport: { width: 2200, height: 1400 } });
    await check(page, folder);
  } finally {
    await browser.close();
    await demo.stop();
    await rm(join(folder, 'data'), { recursive: true, force: true });
  }
  say(`the pages tell what a person needs; pictures in ${folder}`);
});

async function check(page, folder) {
  const clip = await firstClip(join(folder, 'data', 'bucket', 'messages'));
  const look = async (path, picture, words) => {
    await page.goto(`${ORIGIN}${path}`);
    await untilSaid(page, { folder, picture, words });
    await page.screenshot({ path: join(folder, `${picture}.png`) });
    say(`${picture}: all there`);
  };
  await page.goto(ORIGIN);
  await chooseColumns(page);
  const query = encodeURIComponent(`WorkflowId='clip-${clip}'`);
  await look(`?query=${query}`, 'list', [
    ...COLUMNS.map((name) => new RegExp(name)),
    new RegExp(`clip-${clip}`),
    /Running/,
    // The clip's title, state, channel, poster and lease.
    /\w+\.mp4 (archiving|live) clips \w+ \d{4}-\d\d-\d\d/,
  ]);
  const link = await page.locator(`a[href*="/clip-${clip}/"]`).first().getAttribute('href');
  const [run] = /clip-[\d-]+\/[0-9a-f-]+/.exec(link) ?? assert.fail('the list has no link to it');
  await look(`/${run}/history`, 'history', [
    // Summaries of timers and activities.
    /until \d+ (s|min) before the link expires/,
    /make the thumbnail/,
    /fetch a fresh link/,
  ]);
  await look(`/${run}/user-metadata`, 'user-metadata', [
    // Static summary, current details.
    /\.mp4 by \w+ in #clips/,
    /State live/,
    /Expires \d{4}-\d\d-\d\dT/,
    /Refreshed (once|\d+ times)/,
    /Waiting until \d+ (s|min) before the link expires/,
    /Thumbnail thumb\//,
    /Record messages\//,
  ]);
  await look(
    `/${run}/search-attributes`,
    'search-attributes',
    [...COLUMNS, 'ClipGuild'].map((name) => new RegExp(name)),
  );
}

/** Puts the clips' own columns into the list, as the README says, and waits until they stand there. */
async function chooseColumns(page) {
  await page.getByTestId('workflows-summary-table-configuration-button').click();
  for (const name of COLUMNS) {
    await page.getByRole('button', { name: new RegExp(`add.*${name}`, 'i') }).click();
  }
  await page.keyboard.press('Escape');
}

/** Waits until the page and its frames (Markdown stands in frames) say all the words. */
async function untilSaid(page, { folder, picture, words }) {
  const until = Date.now() + PATIENCE_MS;
  let [text, missing] = ['', words];
  while (Date.now() < until) {
    const said = await Promise.all(
      page.frames().map((frame) =>
        frame
          .locator('body')
          .innerText({ timeout: 1000 })
          .catch(() => ''),
      ),
    );
    text = said.join(' ').replace(/\s+/g, ' ');
    missing = words.filter((word) => !word.test(text));
    if (missing.length === 0) return;
    await pause(500);
  }
  await page.screenshot({ path: join(folder, `${picture}.png`) });
  throw new SetUpError(
    `${page.url()} does not say ${missing.map(String).join(', ')}; a picture of it is in ${folder}`,
    text,
  );
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
