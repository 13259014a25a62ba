import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { say, ScriptError } from '../support/report.mjs';

/** @typedef {import('playwright-core').Page} Page */

/** The summaries that src/workflows gives to the timers and activities of every clip. */
export const SUMMARIES = ['before the link expires', 'make the thumbnail', 'fetch a fresh link'];

/**
 * The labels in the current details of a clip, each with a pattern for the text after it. src/workflows sets
 * the labels.
 */
export const DETAILS = {
  State: 'live',
  'Link expires': '\\d{4}-\\d\\d-\\d\\dT',
  Refreshed: '(once|\\d+ times)',
  Waiting: 'until \\d+ (s|min) before the link expires',
  Thumbnail: 'thumb/',
  Record: 'messages/',
};

const COLUMNS = ['ClipTitle', 'ClipState', 'ClipChannel', 'ClipPoster', 'LinkExpiresAt'];
/**
 * The demo's links are valid for one minute, and its clips exist for two minutes. So every text appears within this
 * time.
 */
const TIMEOUT_MS = 90_000;
const FRAME_TIMEOUT_MS = 1000;
const POLL_MS = 500;

/**
 * Checks that the Web UI shows what an operator needs: the list with our columns, and a clip's timeline, user
 * metadata and search attributes. Saves a picture of each page.
 *
 * @param {Page} page
 * @param {object} options
 * @param {string} options.origin URL of the list of workflows
 * @param {string} options.bucket folder of the demo's bucket
 * @param {string} options.pictures folder for the pictures
 * @throws {ScriptError} if a text is missing
 */
export async function checkPages(page, { origin, bucket, pictures }) {
  const clip = await findFirstClip(join(bucket, 'messages'));
  /**
   * @param {string} path
   * @param {string} name
   * @param {RegExp[]} texts
   */
  const checkPage = async (path, name, texts) => {
    await page.goto(`${origin}${path}`);
    const picture = join(pictures, `${name}.png`);
    await untilShown(page, texts, picture);
    await page.screenshot({ path: picture });
    say(`the page ${name} shows every text`);
  };

  await page.goto(origin);
  await addColumns(page);
  const query = encodeURIComponent(`WorkflowId='clip-${clip}'`);
  await checkPage(`?query=${query}`, 'list', [
    ...toPatterns(COLUMNS),
    new RegExp(`clip-${clip}`),
    /Running/,
    // The list shows the clip's title, state, channel and poster, and when the clip's link expires.
    /\w+\.mp4 (archiving|live) clips \w+ \d{4}-\d\d-\d\d/,
  ]);
  const link = await page.locator(`a[href*="/clip-${clip}/"]`).first().getAttribute('href');
  const [run] = /clip-[\d-]+\/[0-9a-f-]+/.exec(link ?? '') ?? [];
  assert.ok(run, 'the list has no link to the clip');
  await checkPage(`/${run}/history`, 'history', toPatterns(SUMMARIES));
  await checkPage(`/${run}/user-metadata`, 'user-metadata', [
    // The page shows the static summary, then the current details.
    /\.mp4 by \w+ in #clips/,
    ...toPatterns(Object.entries(DETAILS).map(([label, text]) => `${label} ${text}`)),
  ]);
  await checkPage(
    `/${run}/search-attributes`,
    'search-attributes',
    toPatterns([...COLUMNS, 'ClipGuild']),
  );
}

/** @param {string[]} texts */
function toPatterns(texts) {
  return texts.map((text) => new RegExp(text));
}

/**
 * Adds our columns to the list, as README describes.
 *
 * @param {Page} page
 */
async function addColumns(page) {
  await page.getByTestId('workflows-summary-table-configuration-button').click();
  for (const name of COLUMNS) {
    await page.getByRole('button', { name: new RegExp(`add.*${name}`, 'i') }).click();
  }
  await page.keyboard.press('Escape');
}

/**
 * Waits until the page shows all texts.
 *
 * @param {Page} page
 * @param {RegExp[]} texts
 * @param {string} picture where to save a picture if a text is missing
 * @throws {ScriptError} after the timeout
 */
async function untilShown(page, texts, picture) {
  const deadlineMs = Date.now() + TIMEOUT_MS;
  let shown = '';
  let missing = texts;
  while (Date.now() < deadlineMs) {
    shown = await readText(page);
    missing = texts.filter((text) => !text.test(shown));
    if (missing.length === 0) return;
    await pause(POLL_MS);
  }
  await page.screenshot({ path: picture });
  throw new ScriptError(
    `${page.url()} does not show ${missing.map(String).join(', ')}; see ${picture}.`,
    shown,
  );
}

/**
 * Returns the text of the page and of its frames. The Web UI renders Markdown in frames.
 *
 * @param {Page} page
 */
async function readText(page) {
  const texts = await Promise.all(
    page.frames().map((frame) =>
      frame
        .locator('body')
        .innerText({ timeout: FRAME_TIMEOUT_MS })
        // A frame can disappear while it is read.
        .catch(() => ''),
    ),
  );
  return texts.join(' ').replace(/\s+/g, ' ');
}

/**
 * Waits for the first record in the bucket.
 *
 * @param {string} folder
 * @returns {Promise<string>} the clip's id
 */
async function findFirstClip(folder) {
  for (;;) {
    const files = await readdir(folder, { recursive: true }).catch(() => []);
    const record = files.find((file) => file.endsWith('.json'));
    if (record) return record.replace(/^.*\//, '').replace(/\.json$/, '');
    await pause(POLL_MS);
  }
}
