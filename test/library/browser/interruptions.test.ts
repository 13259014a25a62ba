import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import type { Browser, Page, Route } from 'playwright-core';
import { LIST_REMEMBERED_MS } from '../../../src/library/routes/list-routes.tsx';
import { aClip, clipIdAt, START_MS } from '../../support/a-library.ts';
import { openChromium } from '../../support/browser/chromium.ts';
import { tinyPageMedia } from '../../support/browser/media.ts';
import { shareWindow, type OpenedPage, type OpenNext } from '../../support/browser/open-page.ts';
import { serveLibrary, type ServedLibrary } from '../../support/browser/serve-library.ts';
import { until } from '../../support/wait.ts';

const CLIPS = 30;
const SPOILERS = [1, 2];
/** A place on the second page of the list. */
const LATE = 26;
const HIDDEN_TEXT = 'An ace, ||they never checked the vent||';

const HOUR_MS = 3_600_000;

/** The newest clip comes first. */
const clips = () =>
  Array.from({ length: CLIPS }, (_, at) =>
    aClip({
      id: clipIdAt(CLIPS - at),
      title: `Clip ${CLIPS - at}`,
      postedAtMs: START_MS - (at + 1) * HOUR_MS,
      isSpoiler: SPOILERS.includes(at),
      description: HIDDEN_TEXT,
    }),
  );

describe('a reader whom something interrupts', () => {
  const clock = { nowMs: START_MS };
  let browser: Browser;
  let openNext: OpenNext;
  let library: ServedLibrary;
  let opened: OpenedPage;
  let page: Page;
  before(async () => {
    [browser, library] = await Promise.all([
      openChromium(),
      serveLibrary({ clips: clips(), media: tinyPageMedia(new Uint8Array()), clock }),
    ]);
    openNext = shareWindow(browser);
  });
  after(async () => {
    await browser.close();
    await library.stop();
  });
  beforeEach(async () => {
    library.catalog.clips = clips();
    clock.nowMs += LIST_REMEMBERED_MS;
    opened = await openNext(library.origin, { isMotionReduced: true });
    page = opened.page;
  });
  afterEach(() => opened.close());

  const run = (expression: string) => page.evaluate<unknown>(expression);
  /** The content security policy forbids Playwright to wait within the page. */
  const untilTrue = (expression: string) =>
    until(expression, async () => (await run(expression)) === true);
  const clipAt = (at: number) => library.catalog.clips[at]!;
  const path = () => run('location.pathname + location.search');
  const pathOf = (at: number) => `/c/${clipAt(at).id}`;
  const shownClip = () => run('player.dataset.id');
  const untilClip = (at: number) => untilTrue(`player.dataset.id === '${clipAt(at).id}'`);
  const focusedCard = () => run("document.activeElement.closest('.card')?.id");

  /** Holds the next request for a path back. Returns when the request is there; the result lets the request go on. */
  async function hold(path: string, ask: () => Promise<unknown>): Promise<() => Promise<void>> {
    const isWanted = (url: URL) => url.pathname + url.search === path;
    const held = new Promise<Route>((resolve) => {
      void page.route(isWanted, resolve, { times: 1 });
    });
    await ask();
    const route = await held;
    return async () => {
      // A request that the page gave up has no answer.
      await route.continue().catch(() => undefined);
      // Whatever came back before this answer has been read by then.
      await run("fetch('/healthz').then((answer) => answer.text())");
    };
  }

  test('if the reader comes forward before "back" is there, the page keeps the clip of its address', async () => {
    await opened.go(pathOf(4));
    await page.keyboard.press('n');
    await untilClip(5);
    const next = String(await path());
    const release = await hold(pathOf(4), () => run('history.back()'));
    await run('history.forward()');
    await untilTrue(`location.pathname + location.search === '${next}'`);
    await release();
    assert.equal(await path(), next);
    assert.equal(await shownClip(), clipAt(5).id);
  });

  test('if the reader comes forward before "back" is there, the list keeps its address', async () => {
    await opened.go('/');
    await page.locator('#q').pressSequentially('clip');
    await page.keyboard.press('Enter');
    await untilTrue("results.dataset.search.includes('clip') && history.length > 2");
    const isFirstList = (url: URL) => url.pathname === '/' && !url.searchParams.has('q');
    const held = new Promise<Route>((resolve) => void page.route(isFirstList, resolve));
    await run('history.back()');
    const route = await held;
    await run('history.forward()');
    await untilTrue("location.search.includes('q=clip')");
    await route.continue().catch(() => undefined);
    await run("fetch('/healthz').then((answer) => answer.text())");
    assert.match(String(await path()), /q=clip/);
    assert.match(String(await run('results.dataset.search')), /clip/);
  });

  test('what the reader did last is painted before another list is shown', async () => {
    await opened.go('/');
    await run(`{
      window.frameNumber = 0;
      const count = () => { frameNumber += 1; requestAnimationFrame(count); };
      count();
      const { text } = Response.prototype;
      Response.prototype.text = async function () {
        const answer = await text.call(this);
        window.arrivedAt = frameNumber;
        return answer;
      };
      new MutationObserver(() => { window.shownAt ??= frameNumber; }).observe(results.parentElement, { childList: true });
    }`);
    await page.locator('#q').pressSequentially('clip');
    await untilTrue('window.shownAt !== undefined');
    assert.equal(await run('shownAt > arrivedAt'), true);
  });

  test('if nothing matches, the live region says so', async () => {
    await opened.go('/');
    await page.locator('#q').pressSequentially('zzqq');
    await untilTrue("document.getElementById('status').textContent.includes('zzqq')");
  });

  test('if the library does not answer, "next" says so and the clip stays', async () => {
    await opened.go(pathOf(4));
    await page.route('**/c/*', (route) => route.abort('connectionrefused'));
    await page.keyboard.press('n');
    await untilTrue("toast.textContent !== ''");
    assert.equal(await path(), pathOf(4));
    assert.equal(await shownClip(), clipAt(4).id);
  });

  test('if the connection breaks once, "next" still leads to the next clip', async () => {
    await opened.go(pathOf(4));
    await page.route('**/c/*', (route) => route.abort('connectionreset'), { times: 1 });
    await page.keyboard.press('n');
    await untilClip(5);
    assert.equal(await run('toast.textContent'), '');
  });

  test('if an answer breaks off once, "next" still leads to the next clip', async () => {
    await opened.go(pathOf(4));
    await run(`{
      const { text } = Response.prototype;
      Response.prototype.text = () => {
        Response.prototype.text = text;
        return Promise.reject(new TypeError('network error'));
      };
    }`);
    await page.keyboard.press('n');
    await untilClip(5);
  });

  test('on a check box, Space uncovers the text and the other keys go on', async () => {
    await opened.go(pathOf(4));
    await page.focus('#clip input[type=checkbox]');
    await page.keyboard.press('Space');
    assert.equal(await page.isChecked('#clip input[type=checkbox]'), true);
    await page.keyboard.press('n');
    await untilClip(5);
  });

  test('after a press of "Copy link", K plays', async () => {
    await opened.go(pathOf(4));
    await run('video.play = async () => { window.isPlayed = true }');
    await page.focus('#copy');
    await page.keyboard.press('k');
    assert.equal(await run('window.isPlayed'), true);
  });

  test('Escape and a press elsewhere close the menu of more actions', async () => {
    await opened.go(pathOf(4));
    const isOpen = () => run("document.getElementById('more-actions').open");
    await page.click('#more-actions summary');
    assert.equal(await isOpen(), true);
    await page.focus('#open-file');
    await page.keyboard.press('Escape');
    assert.equal(await isOpen(), false);
    assert.equal(await run("document.activeElement.closest('details')?.id"), 'more-actions');
    await page.click('#more-actions summary');
    await page.click('#title');
    assert.equal(await isOpen(), false);
  });

  test('if the opened clip is deleted meanwhile, "back" leads to the clip that took its place', async () => {
    await opened.go('/');
    // The rest comes by itself.
    await run("document.getElementById('more').scrollIntoView()");
    await untilTrue(`document.querySelectorAll('.card').length === ${CLIPS}`);
    await page.locator('.card a.title').nth(LATE).click();
    await page.locator('#player').waitFor();
    library.catalog.clips = clips().filter((_, at) => at !== LATE);
    clock.nowMs += LIST_REMEMBERED_MS;
    await page.goBack();
    await page.locator('.card:focus-within').waitFor();
    assert.equal(await focusedCard(), `card-${clipAt(LATE).id}`);
  });

  test('if the reader uncovers two pictures at once, both are shown', async () => {
    await opened.go('/');
    const show = (at: number) => page.locator('.card').nth(at).locator('.covered a').click();
    const coveredPath = await run(
      "(({ pathname, search }) => pathname + search)(document.querySelector('.covered a'))",
    );
    const release = await hold(String(coveredPath), () => show(SPOILERS[0]!));
    await show(SPOILERS[1]!);
    await untilTrue("document.querySelectorAll('.covered').length === 1");
    await release();
    await untilTrue("document.querySelectorAll('.covered').length === 0");
  });

  test('if a clip is deleted while someone watches, its page says so once the link is dead', async () => {
    await opened.installClock();
    await opened.go(pathOf(4));
    await page.route('**/*.mp4*', (route) => route.fulfill({ status: 410 }));
    library.catalog.clips = clips().filter((_, at) => at !== 4);
    clock.nowMs += LIST_REMEMBERED_MS;
    await run('video.load()');
    await untilTrue("video.src.endsWith('?r=1') && video.error !== null");
    await page.clock.runFor(1100);
    await untilTrue("video.src.endsWith('?r=2') && video.error !== null");
    const isLoaded = page.waitForEvent('load');
    await page.clock.runFor(4100);
    await isLoaded;
    assert.equal(await page.locator('#player').count(), 0);
  });

  test('if the browser shows a page again, the page has the theme that was chosen meanwhile', async () => {
    await opened.go(pathOf(4));
    await page.click('header button[name=theme]:visible');
    const chosen = await run('document.documentElement.dataset.theme');
    await run("document.documentElement.dataset.theme = 'system'");
    await run("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))");
    assert.equal(await run('document.documentElement.dataset.theme'), chosen);
  });

  test('the search on the page of a clip suggests, and a suggestion leads to the list', async () => {
    await page.route('**/api/suggest?*', (route) => {
      const soho = { kind: 'person', label: 'Soho', value: '1', insert: 'from:soho', count: 9 };
      return route.fulfill({ json: [soho] });
    });
    await opened.go(pathOf(4));
    await page.locator('#q').pressSequentially('so');
    await page.locator('#suggestions [role=option]').first().waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => url.pathname === '/');
    assert.match(String(await path()), /soho/);
  });
});
