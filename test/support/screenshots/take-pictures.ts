import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { say, ScriptError } from '../../../scripts/support/report.mjs';
import { pause, until } from '../wait.ts';
import type { Shot } from './shots.ts';

const run = promisify(execFile);

const HEIGHTS: Readonly<Record<number, number>> = {
  1920: 1080,
  1440: 900,
  768: 1024,
  640: 360,
  360: 780,
};
/** Of WebP, from 0 to 100. */
const QUALITY = 82;
/** All pictures together. */
export const MAX_PICTURE_BYTES = 2 * 1024 * 1024;

/** Takes the pictures one after the other, and returns their total size in bytes. */
export async function takePictures(
  browser: Browser,
  folder: string,
  shots: readonly Shot[],
): Promise<number> {
  let bytes = 0;
  for (const shot of shots) {
    shot.prepare?.();
    bytes += await takePicture(browser, folder, shot);
  }
  return bytes;
}

async function takePicture(browser: Browser, folder: string, shot: Shot): Promise<number> {
  const { name, url, width, theme, act } = shot;
  const viewport = { width, height: HEIGHTS[width] ?? width };
  const context = await browser.newContext({ viewport, colorScheme: theme });
  const work = await mkdtemp(join(tmpdir(), 'everclip-picture-'));
  const png = join(work, 'picture.png');
  const target = join(folder, `library-${name}.webp`);
  try {
    const page = await context.newPage();
    await page.goto(url);
    await waitForCards(page);
    await act?.(page);
    await waitForVideos(page);
    await page.evaluate('document.fonts.ready.then(() => undefined)');
    await page.screenshot({ path: png, animations: 'disabled', caret: 'hide' });
    const ffmpeg = process.env.FFMPEG_PATH ?? 'ffmpeg';
    const coding = ['-c:v', 'libwebp', '-quality', String(QUALITY), '-compression_level', '6'];
    await run(ffmpeg, ['-v', 'error', '-nostdin', '-y', '-i', png, ...coding, target]);
    const { size } = await stat(target);
    say(`${target} (${Math.round(size / 1024)} KiB)`);
    return size;
  } catch (error) {
    throw new ScriptError(`The picture ${name} of ${url} can't be taken.`, String(error));
  } finally {
    await context.close();
    await rm(work, { recursive: true });
  }
}

const CARDS_EVERY_MS = 1000;
/** The length of a clip is known when its picture is. */
const CARDS_ARE_FINISHED =
  "[...document.querySelectorAll('.card')].every((card) => card.querySelector('.length'))";

/** Loads the page again until every card has a picture. The demo posts clips all the time. */
async function waitForCards(page: Page): Promise<void> {
  await until('the picture of each card', async () => {
    await page.waitForLoadState('networkidle');
    if (await page.evaluate<boolean>(CARDS_ARE_FINISHED)) return true;
    await pause(CARDS_EVERY_MS);
    await page.reload();
    return false;
  });
}

const VIDEO_TIMEOUT_MS = 10_000;
const POLL_MS = 200;
/** Chromium's controls fade their spinner out. */
const FADE_MS = 700;
/** True if no video shows that it is loading. */
const VIDEOS_ARE_SETTLED =
  "[...document.querySelectorAll('video')].every((video) => (video.readyState >= 2 && video.networkState !== 2) || video.error)";

/** Waits until each video has its first frame or has failed. A clip that Discord refuses may do neither. */
async function waitForVideos(page: Page): Promise<void> {
  const deadlineMs = Date.now() + VIDEO_TIMEOUT_MS;
  while (Date.now() < deadlineMs) {
    if (await page.evaluate<boolean>(VIDEOS_ARE_SETTLED)) break;
    await pause(POLL_MS);
  }
  await pause(FADE_MS);
}

/** @throws ScriptError if the pictures are too large for the repository */
export function checkTotal(bytes: number): void {
  if (bytes <= MAX_PICTURE_BYTES) return;
  throw new ScriptError(
    `The pictures have ${bytes} bytes, more than ${MAX_PICTURE_BYTES}: take fewer pictures, or lower their quality.`,
  );
}
