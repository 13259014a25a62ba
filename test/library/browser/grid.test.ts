import assert from 'node:assert/strict';
import { after, before, beforeEach, afterEach, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { LIST_REMEMBERED_MS } from '../../../src/library/routes/list-routes.tsx';
import { aClip, clipIdAt } from '../../support/a-library.ts';
import { findChromium, launchChromium, NO_CHROMIUM } from '../../support/chromium.ts';
import { manyClips, serveLibrary, type ServedLibrary } from '../../support/served-library.ts';

const CLIPS = 100;
const OTHER_CHANNEL = '200000000000000002';
const MIA = { id: '500000000000000002', username: 'mia', displayName: 'Mia', avatar: null };
const SPOILER_AT = 2;
const FACETS = {
  posters: [{ value: MIA.id, label: 'Mia', count: 10 }],
  channels: [],
  games: [],
};

const executablePath = findChromium();

/** Every tenth clip is Mia's ace. */
const clips = () =>
  manyClips(CLIPS, (at) => ({
    ...(at % 10 === 5 && { title: `Ace ${CLIPS - at}`, poster: MIA }),
    ...(at === SPOILER_AT && { isSpoiler: true }),
  }));

describe('the list pages in a browser', { skip: executablePath === null && NO_CHROMIUM }, () => {
  let browser: Browser;
  let library: ServedLibrary;
  let page: Page;
  /** What went wrong in the page: errors, violations of the content security policy, failed requests. */
  let faults: string[] = [];

  before(async () => {
    browser = await launchChromium(executablePath ?? '');
  });
  after(async () => {
    await browser.close();
  });
  beforeEach(async () => {
    library = await serveLibrary(clips());
    library.catalog.facets = FACETS;
    page = await openPage();
  });
  afterEach(async () => {
    await page.context().close();
    await library.stop();
    assert.deepEqual(faults, []);
  });

  async function openPage(options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
    faults = [];
    const viewport = { width: 1440, height: 900 };
    const context = await browser.newContext({ baseURL: library.origin, viewport, ...options });
    const opened = await context.newPage();
    opened.setDefaultTimeout(5000);
    opened.on('pageerror', (error) => void faults.push(String(error)));
    opened.on('console', (message) => {
      if (message.type() === 'error') faults.push(message.text());
    });
    return opened;
  }

  const status = () => page.locator('#status').textContent();
  const cards = () => page.locator('#cards .card').count();
  const address = () => page.evaluate(() => location.pathname + location.search);
  const focusedId = () => page.evaluate(() => document.activeElement?.closest('.card')?.id ?? '');
  const until = (path: string) => page.waitForURL((url) => url.pathname + url.search === path);
  const entries = () => page.evaluate(() => history.length);
  /** True until the page is loaded anew. */
  const markLoad = () => page.evaluate(() => void (document.body.dataset['load'] = 'first'));
  const isSameLoad = () => page.evaluate(() => document.body.dataset['load'] === 'first');

  test('the list follows the text, in the same history entry until Enter pushes one', async () => {
    await page.goto('/');
    await markLoad();
    const length = await entries();
    await page.locator('#q').pressSequentially('ace');
    await until('/?q=ace');
    assert.equal(await status(), '10 clips');
    assert.equal(await cards(), 10);
    assert.equal(await entries(), length);
    await page.keyboard.press('Enter');
    await page.waitForFunction((before) => history.length > before, length);
    assert.equal(await address(), '/?q=ace');
    await page.goBack();
    await until('/');
    await page.waitForFunction(() => document.querySelectorAll('#cards .card').length === 24);
    assert.equal(await page.locator('#q').inputValue(), '');
    await page.goForward();
    await until('/?q=ace');
    await page.waitForFunction(() => document.querySelectorAll('#cards .card').length === 10);
    assert.equal(await page.locator('#q').inputValue(), 'ace');
    assert.ok(await isSameLoad());
  });

  test('a slow answer never replaces a newer one', async () => {
    await page.goto('/');
    let sendSlow = () => {};
    const slow = new Promise<void>((resolve) => (sendSlow = resolve));
    const asked = new Promise<void>((resolve) => {
      void page.route('**/?q=zzz', async (route) => {
        resolve();
        await slow;
        await route.continue().catch(() => undefined);
      });
    });
    await page.locator('#q').fill('zzz');
    await asked;
    await page.locator('#q').fill('ace');
    await until('/?q=ace');
    sendSlow();
    await page.evaluate(() => fetch('/healthz'));
    assert.equal(await status(), '10 clips');
    assert.equal(await address(), '/?q=ace');
  });

  test('if a request fails, one sentence says so and the page stays usable', async () => {
    await page.goto('/');
    await page.route('**/?q=ace', (route) => route.abort());
    await page.locator('#q').fill('ace');
    await page.getByText('That didn’t work. Try again.').first().waitFor();
    assert.equal(await cards(), 24);
    assert.equal(await page.locator('#results').getAttribute('aria-busy'), null);
    await page.unroute('**/?q=ace');
    await page.keyboard.press('Enter');
    await until('/?q=ace');
    assert.equal(await cards(), 10);
    assert.match(faults.splice(0).join(), /ERR_FAILED/);
  });

  test('a chip and an order push entries, keep the focus and take the search field along', async () => {
    await page.goto(`/?q=ace&from=${MIA.id}`);
    await markLoad();
    await page.locator('.chip[data-filter=from]').click();
    await until('/?q=ace');
    assert.equal(await page.locator('#search input[name=from]').count(), 0);
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'filter');
    await page.locator('#sort summary').click();
    await page.getByRole('link', { name: 'Oldest' }).click();
    await until('/?q=ace&sort=oldest');
    assert.equal(await page.evaluate(() => document.activeElement?.tagName), 'SUMMARY');
    assert.equal(await page.locator('#search input[name=sort]').getAttribute('value'), 'oldest');
    await page.goBack();
    await page.goBack();
    await until(`/?q=ace&from=${MIA.id}`);
    await page.locator('.chip[data-filter=from]').waitFor();
    assert.ok(await isSameLoad());
  });

  test('the menu of filters opens and closes in the page, and Esc closes it', async () => {
    await page.goto('/');
    await markLoad();
    const button = page.getByRole('button', { name: 'Filter' });
    await button.focus();
    await page.keyboard.press('Space');
    await page.locator('#facets').waitFor();
    assert.equal(await button.getAttribute('aria-expanded'), 'true');
    assert.equal(await address(), '/');
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('#facets').count(), 0);
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'filter');
    await button.click();
    await page.locator('#facets').getByRole('link', { name: 'Mia' }).click();
    await until(`/?from=${MIA.id}`);
    assert.equal(await status(), '10 clips');
    assert.ok(await isSameLoad());
  });

  test('"Show more" follows itself twice and then waits for the reader', async () => {
    await page.goto('/');
    const more = page.locator('#more');
    for (const shown of [48, 72]) {
      await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
      await page.waitForFunction((n) => document.querySelectorAll('.card').length === n, shown);
    }
    await more.scrollIntoViewIfNeeded();
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));
    assert.equal(await cards(), 72);
    await more.press('Enter');
    await page.waitForFunction(() => document.querySelectorAll('.card').length === 96);
    assert.equal(await focusedId(), `card-${clipIdAt(CLIPS - 72)}`);
    assert.equal(await status(), '24 more clips');
    assert.equal(await address(), '/');
    await more.click();
    await page.waitForFunction(() => document.querySelectorAll('.card').length === 100);
    assert.equal(await more.count(), 0);
  });

  test('"back" from a clip brings as many cards and lands on the same card', async () => {
    await page.goto('/');
    for (const shown of [48, 72]) {
      await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
      await page.waitForFunction((n) => document.querySelectorAll('.card').length === n, shown);
    }
    const card = page.locator(`#card-${clipIdAt(CLIPS - 60)}`);
    await card.evaluate((element) => scrollBy(0, element.getBoundingClientRect().top - 333));
    const top = () => card.evaluate((element) => Math.round(element.getBoundingClientRect().top));
    assert.equal(await top(), 333);
    const requests: string[] = [];
    page.on('request', (request) => void requests.push(request.url()));
    await card.locator('a.title').click();
    await page.waitForURL('**/c/**');
    await page.goBack();
    await page.waitForFunction(() => document.querySelectorAll('.card').length === 72);
    await page.waitForFunction(
      (id) => Math.abs((document.getElementById(id)?.getBoundingClientRect().top ?? 0) - 333) <= 2,
      `card-${clipIdAt(CLIPS - 60)}`,
    );
    assert.equal(requests.filter((url) => url.includes('count=')).length, 1);
    assert.equal(await focusedId(), `card-${clipIdAt(CLIPS - 60)}`);
    assert.match(faults.splice(0).join(), /^(Failed to load resource[^]*)?$/);
  });

  test('arrow keys move between cards, and Enter opens one', async () => {
    await page.goto('/');
    await page.locator('a.title').first().focus();
    for (const [key, at] of [
      ['ArrowRight', 1],
      ['ArrowDown', 5],
      ['ArrowLeft', 4],
      ['ArrowUp', 0],
      ['ArrowUp', 0],
    ] as const) {
      await page.keyboard.press(key);
      assert.equal(await focusedId(), `card-${clipIdAt(CLIPS - at)}`, key);
    }
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/c/${clipIdAt(CLIPS)}*`);
    faults = [];
  });

  test('keys search, help and shuffle; in a field and with Ctrl they are text', async () => {
    await page.goto('/');
    await page.keyboard.press('/');
    await page.keyboard.type('r?/');
    assert.equal(await page.locator('#q').inputValue(), 'r?/');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('#q').inputValue(), '');
    await page.locator('#keys').focus();
    await page.keyboard.press('?');
    assert.ok(await page.locator('#help').evaluate((help) => help.matches(':modal')));
    await page.keyboard.press('r');
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('dialog[open]').count(), 0);
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'keys');
    assert.equal(await address(), '/');
    await page.keyboard.press('r');
    await page.waitForURL('**/c/**');
    faults = [];
  });

  test('one switch turns all keys off, and the next page knows it', async () => {
    await page.goto('/');
    await markLoad();
    await page.locator('#keys').click();
    const saved = page.waitForResponse('**/prefs');
    await page.locator('#keys-switch').click();
    assert.equal((await saved).status(), 204);
    await page.keyboard.press('Escape');
    await page.locator('a.title').first().focus();
    for (const key of ['/', '?', 'r', 'ArrowRight']) await page.keyboard.press(key);
    assert.equal(await focusedId(), `card-${clipIdAt(CLIPS)}`);
    assert.equal(await page.locator('dialog[open]').count(), 0);
    assert.ok(await isSameLoad());
    await page.reload();
    assert.equal(await page.locator('html').getAttribute('data-keys'), 'off');
    await page.locator('#keys').click();
    await page.locator('#keys-switch').click();
    assert.equal(await page.locator('html').getAttribute('data-keys'), 'on');
  });

  test('the theme changes at once, and the next page comes with it', async () => {
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.goto('/');
    await markLoad();
    const background = () =>
      page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const dark = await background();
    for (const theme of ['light', 'dark', 'light']) {
      const saved = page.waitForResponse('**/prefs');
      await page.locator('.tools button[name=theme]:visible').click();
      await saved;
      assert.equal(await page.locator('html').getAttribute('data-theme'), theme);
      assert.equal((await background()) === dark, theme === 'dark');
    }
    assert.ok(await isSameLoad());
    await page.reload();
    assert.equal(await page.locator('html').getAttribute('data-theme'), 'light');
  });

  test('a spoiler is shown in its place, and its picture was not in the page before', async () => {
    await page.goto('/');
    await markLoad();
    const id = clipIdAt(CLIPS - SPOILER_AT);
    const picture = page.locator(`#card-${id} img[src*="/card"]`);
    assert.equal(await picture.count(), 0);
    await page.locator(`#card-${id} a.show`).click();
    await picture.waitFor();
    assert.equal(await focusedId(), `card-${id}`);
    assert.equal(await cards(), 24);
    assert.equal(await address(), '/');
    assert.ok(await isSameLoad());
  });

  test('new clips are offered in a button, and the page does not move until it is pressed', async () => {
    await page.clock.install();
    await page.goto('/');
    const pill = page.locator('.pill');
    assert.ok(await pill.isHidden());
    library.catalog.clips.unshift(aClip({ id: clipIdAt(201) }), aClip({ id: clipIdAt(200) }));
    library.clock.nowMs += LIST_REMEMBERED_MS;
    const first = () => page.locator('.card').first().getAttribute('id');
    await page.clock.fastForward(30_000);
    await page.getByRole('button', { name: '2 new clips' }).waitFor();
    assert.equal(await first(), `card-${clipIdAt(CLIPS)}`);
    await pill.click();
    await page.locator(`#card-${clipIdAt(201)}`).waitFor();
    assert.equal(await first(), `card-${clipIdAt(201)}`);
    assert.equal(await focusedId(), `card-${clipIdAt(201)}`);
    assert.ok(await pill.isHidden());
  });
});
