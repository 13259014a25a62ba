import assert from 'node:assert/strict';
import { after, before, beforeEach, afterEach, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import type { CatalogClip, Suggestion } from '../../../src/catalog/catalog.ts';
import { LIST_REMEMBERED_MS } from '../../../src/library/routes/list-routes.tsx';
import { ANSWERS_REMEMBERED_MS } from '../../../src/library/support/remember-answers.ts';
import { aClip, clipIdAt, START_MS } from '../../support/a-library.ts';
import { ffmpegBytes } from '../../media/support/make-clip.ts';
import { openChromium } from '../../support/browser/chromium.ts';
import { tinyPageMedia } from '../../support/browser/media.ts';
import { shareWindow, type OpenedPage, type OpenNext } from '../../support/browser/open-page.ts';
import { giveLink, serveLibrary, type ServedLibrary } from '../../support/browser/serve-library.ts';
import { createGate } from '../../support/gate.ts';
import { until } from '../../support/wait.ts';

const CLIPS = 100;
const MIA = { id: '500000000000000002', username: 'mia', displayName: 'Mia', avatar: null };
const SPOILER_AT = 2;
const FACETS = {
  posters: [{ value: MIA.id, label: 'Mia', count: 10 }],
  channels: [],
  games: [],
};

const SOHO: Suggestion = { kind: 'person', label: 'Soho', value: '1', name: 'soho', count: 90 };
const HOUR_MS = 3_600_000;
const FRAMES = 10;
/** After "back", the page corrects its place for this many frames: MAX_CORRECTIONS of list/current-place.ts. */
const MAX_CORRECTIONS = 10;

/** Every tenth clip is Mia's ace. */
function createClips(): CatalogClip[] {
  return Array.from({ length: CLIPS }, (_, at) => {
    const id = clipIdAt(CLIPS - at);
    return aClip({
      id,
      title: `Clip ${CLIPS - at}`,
      postedAtMs: START_MS - (at + 1) * HOUR_MS,
      storyboard: {
        key: `storyboard/${id}.webp`,
        version: '1',
        times: Array.from({ length: FRAMES }, (_, frame) => frame),
      },
      ...(at % 10 === 5 && { title: `Ace ${CLIPS - at}`, poster: MIA }),
      ...(at === SPOILER_AT && { isSpoiler: true }),
    });
  });
}

describe('the list pages in a browser', () => {
  const clock = { nowMs: START_MS };
  let browser: Browser;
  let openNext: OpenNext;
  let library: ServedLibrary;
  let opened: OpenedPage;
  let page: Page;

  before(async () => {
    const media = tinyPageMedia(await createVideo());
    library = await serveLibrary({ clips: createClips(), media, clock });
    library.catalog.facets = FACETS;
    library.catalog.suggestions = [SOHO];
    browser = await openChromium();
    openNext = shareWindow(browser);
  });
  after(async () => {
    await browser.close();
    await library.stop();
  });
  beforeEach(async () => {
    library.catalog.clips = structuredClone(library.clips);
    // The pages of the test before are forgotten.
    clock.nowMs += LIST_REMEMBERED_MS;
    opened = await openNext(library.origin, { isMotionReduced: true });
    page = opened.page;
  });
  afterEach(async () => {
    await opened.close();
    assert.deepEqual(opened.faults, []);
  });

  const status = () => page.locator('#status').textContent();
  const cards = () => page.locator('#cards .card').count();
  /** Runs an expression in the page. Its types are the browser's, so the expression is a text. */
  const run = (expression: string) => page.evaluate<unknown>(expression);
  /** The addresses that the page has asked for. */
  const asked = () => opened.requests.map((request) => request.url());
  const address = () => run('location.pathname + location.search');
  const focused = () => run('document.activeElement.id');
  const focusedCard = () => run("document.activeElement.closest('.card')?.id");
  /** The content security policy forbids Playwright to wait within the page. */
  const untilTrue = (expression: string) =>
    until(expression, async () => (await run(expression)) === true);
  const untilCards = (count: number) =>
    untilTrue(`document.querySelectorAll('#cards .card').length === ${count}`);
  const untilAt = (path: string) => page.waitForURL((url) => url.pathname + url.search === path);
  const entries = () => run('history.length');
  /** True until the page is loaded anew. */
  const markLoad = () => run("document.body.dataset.load = 'first'");
  const isSameLoad = async () => (await run('document.body.dataset.load')) === 'first';

  const untilShown = (search: string) => untilTrue(`results.dataset.search === '${search}'`);
  const scrollToTop = (top: number) => run(`scrollTo(0, ${top}), scrollY`);
  const untilScrolled = (top: unknown) => untilTrue(`Math.abs(scrollY - ${String(top)}) <= 2`);

  const waitForFrames = (count: number) =>
    run(`new Promise((done) => {
      let frames = 0;
      const wait = () => (++frames > ${count} ? done() : requestAnimationFrame(wait));
      wait();
    })`);

  /** Follows a link of the list to another order. */
  async function follow(path: string): Promise<void> {
    await run(`document.querySelector('#sort a[href="${path}"]').click()`);
    await untilAt(path);
  }

  /** Notes that a page asked its video to play. Without a click, Chromium refuses that, so the video stays paused. */
  const notePlay = () =>
    opened.addScript(`{
      const { play } = HTMLMediaElement.prototype;
      HTMLMediaElement.prototype.play = function () {
        window.isPlayAsked = true;
        return play.call(this);
      };
    }`);
  const isPlayAsked = () => run('window.isPlayAsked === true');

  async function moveTo(card: number, part: number): Promise<void> {
    const box = await page.locator('.card .picture').nth(card).boundingBox();
    assert.ok(box !== null);
    await page.mouse.move(box.x + box.width * part, box.y + box.height / 2);
  }

  test('the list follows the text, in the same history entry until Enter pushes one', async () => {
    await opened.go('/');
    await markLoad();
    const length = await entries();
    await page.locator('#q').pressSequentially('ace');
    await untilAt('/?q=ace');
    assert.equal(await status(), '10 clips');
    assert.equal(await cards(), 10);
    assert.equal(await entries(), length);
    await page.keyboard.press('Enter');
    await untilTrue(`history.length > ${String(length)}`);
    assert.equal(await address(), '/?q=ace');
    await page.goBack();
    await untilAt('/');
    await untilCards(24);
    assert.equal(await page.locator('#q').inputValue(), '');
    await page.goForward();
    await untilAt('/?q=ace');
    await untilCards(10);
    assert.equal(await page.locator('#q').inputValue(), 'ace');
    assert.ok(await isSameLoad());
  });

  test('a slow answer never replaces a newer one', async () => {
    await opened.go('/');
    const { open: sendSlow, opened: slow } = createGate();
    const asked = new Promise<void>((resolve) => {
      void page.route(/[?]q=zzz/, async (route) => {
        resolve();
        await slow;
        await route.continue().catch(() => undefined);
      });
    });
    await page.locator('#q').fill('zzz');
    await asked;
    await page.locator('#q').fill('ace');
    await untilAt('/?q=ace');
    sendSlow();
    await run("fetch('/healthz').then(() => null)");
    assert.equal(await status(), '10 clips');
    assert.equal(await address(), '/?q=ace');
  });

  test('if a request fails, one sentence says so and the page stays usable', async () => {
    await opened.go('/');
    await page.route(/[?]q=ace/, (route) => route.abort());
    await page.locator('#q').fill('ace');
    await page.getByText('That didn’t work. Try again.').first().waitFor();
    assert.equal(await cards(), 24);
    assert.equal(await page.locator('#results').getAttribute('aria-busy'), null);
    await page.unroute(/[?]q=ace/);
    await page.keyboard.press('Enter');
    await untilAt('/?q=ace');
    assert.equal(await cards(), 10);
    assert.match(opened.faults.splice(0).join(), /ERR_FAILED/);
  });

  test('a chip and an order push entries, keep the focus and take the search field along', async () => {
    await opened.go(`/?q=ace&from=${MIA.id}`);
    await markLoad();
    await page.locator('.chip[data-filter=from]').click();
    await untilAt('/?q=ace');
    assert.equal(await page.locator('#search input[name=from]').count(), 0);
    assert.equal(await focused(), 'filter');
    await page.locator('#sort summary').click();
    await page.getByRole('link', { name: 'Oldest' }).click();
    await untilAt('/?q=ace&sort=oldest');
    assert.equal(await run('document.activeElement.tagName'), 'SUMMARY');
    assert.equal(await page.locator('#search input[name=sort]').getAttribute('value'), 'oldest');
    await page.goBack();
    await page.goBack();
    await untilAt(`/?q=ace&from=${MIA.id}`);
    await page.locator('.chip[data-filter=from]').waitFor();
    assert.ok(await isSameLoad());
  });

  test('on the page of a person, another person leads to the list of both, and "back" to the page', async () => {
    await opened.go(`/posters/${MIA.id}`);
    await page.locator('#q').pressSequentially('ace from:soho');
    await untilAt(`/posters/${MIA.id}?q=ace+from%3Asoho`);
    await page.keyboard.press('Space');
    await untilAt(`/?q=ace&from=${MIA.id}&from=soho`);
    assert.equal(await page.locator('.chip[data-filter=from]').count(), 2);
    assert.equal(await page.locator('.profile').count(), 0);
    await page.goBack();
    await untilAt(`/posters/${MIA.id}`);
    await page.locator('.profile').waitFor();
  });

  test('the menu of filters opens and closes in the page, and Esc closes it', async () => {
    await opened.go('/');
    await markLoad();
    const button = page.getByRole('button', { name: 'Filter' });
    await button.focus();
    await page.keyboard.press('Space');
    await page.locator('#facets').waitFor();
    assert.equal(await button.getAttribute('aria-expanded'), 'true');
    assert.equal(await address(), '/');
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('#facets').count(), 0);
    assert.equal(await focused(), 'filter');
    await button.click();
    await page.locator('#facets').getByRole('link', { name: 'Mia' }).click();
    await untilAt(`/?from=${MIA.id}`);
    assert.equal(await status(), '10 clips');
    assert.ok(await isSameLoad());
  });

  test('"Show more" follows itself twice and then waits for the reader', async () => {
    await opened.go('/');
    const more = page.locator('#more');
    for (const shown of [48, 72]) {
      await run('scrollTo(0, document.body.scrollHeight)');
      await untilCards(shown);
    }
    await more.scrollIntoViewIfNeeded();
    await run('new Promise((done) => requestAnimationFrame(() => setTimeout(done)))');
    assert.equal(await cards(), 72);
    await more.press('Enter');
    await untilCards(96);
    assert.equal(await focusedCard(), `card-${clipIdAt(CLIPS - 72)}`);
    assert.equal(await status(), '24 more clips');
    assert.equal(await address(), '/');
    await more.click();
    await untilCards(100);
    assert.equal(await more.count(), 0);
  });

  test('"back" from a clip brings as many cards and lands on the same card', async () => {
    await opened.go('/');
    for (const shown of [48, 72]) {
      await run('scrollTo(0, document.body.scrollHeight)');
      await untilCards(shown);
    }
    const id = `card-${clipIdAt(CLIPS - 60)}`;
    const cardTop = `document.getElementById('${id}').getBoundingClientRect().top`;
    await run(`scrollBy(0, ${cardTop} - 333)`);
    assert.equal(await run(`Math.round(${cardTop})`), 333);
    opened.requests.length = 0;
    await page.locator(`#${id} a.title`).click();
    await page.waitForURL('**/c/**');
    await page.goBack();
    await untilCards(72);
    await untilTrue(`Math.abs(${cardTop} - 333) <= 2`);
    assert.equal(asked().filter((url) => url.includes('count=')).length, 1);
    assert.equal(await focusedCard(), id);
  });

  test('"back" leads to the place that the reader left last, after "forward" too', async () => {
    await opened.go('/');
    await follow('/?sort=oldest');
    await untilShown('sort=oldest');
    const early = await scrollToTop(100);
    await page.goBack();
    await untilShown('');
    await page.goForward();
    await untilShown('sort=oldest');
    await untilScrolled(early);
    await waitForFrames(MAX_CORRECTIONS);
    await run('more.click()');
    await untilCards(48);
    const late = await scrollToTop(1500);
    await follow('/?sort=longest');
    await untilShown('sort=longest');
    await page.goBack();
    await untilShown('sort=oldest');
    await untilCards(48);
    await untilScrolled(late);
  });

  test('"back" to a list that was opened twice leads to its last place', async () => {
    await opened.go('/');
    await follow('/?sort=oldest');
    await untilShown('sort=oldest');
    await page.goBack();
    await untilShown('');
    await follow('/?sort=oldest');
    await untilShown('sort=oldest');
    const left = await scrollToTop(300);
    await follow('/?sort=longest');
    await untilShown('sort=longest');
    await page.goBack();
    await untilShown('sort=oldest');
    await untilScrolled(left);
  });

  test('arrow keys move between cards, and Enter opens one', async () => {
    await opened.go('/');
    await page.locator('a.title').first().focus();
    for (const [key, at] of [
      ['ArrowRight', 1],
      ['ArrowDown', 5],
      ['ArrowLeft', 4],
      ['ArrowUp', 0],
      ['ArrowUp', 0],
    ] as const) {
      await page.keyboard.press(key);
      assert.equal(await focusedCard(), `card-${clipIdAt(CLIPS - at)}`, key);
    }
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/c/${clipIdAt(CLIPS)}*`);
  });

  test('keys search, help and shuffle; in a field and with Ctrl they are text', async () => {
    await opened.go('/');
    await page.keyboard.press('/');
    await page.keyboard.type('r?/');
    assert.equal(await page.locator('#q').inputValue(), 'r?/');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('#q').inputValue(), '');
    await page.locator('#keys').focus();
    await page.keyboard.press('?');
    assert.equal(await page.locator('#help:popover-open').count(), 1);
    await page.keyboard.press('r');
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('#help').isVisible(), false);
    assert.equal(await focused(), 'keys');
    assert.equal(await address(), '/');
    await page.keyboard.press('r');
    await page.waitForURL('**/c/**');
  });

  test('the help closes with its button and with a press beside it, and not with one inside', async () => {
    await opened.go('/');
    const help = page.locator('#help');
    await page.locator('#keys').click();
    const { x, y } = (await help.boundingBox()) ?? assert.fail('the help is not shown');
    await page.mouse.click(x + 8, y + 8);
    assert.equal(await help.isVisible(), true);
    await page.mouse.click(x - 8, y + 8);
    assert.equal(await help.isVisible(), false);
    await page.locator('#keys').click();
    await help.getByRole('button', { name: 'Close' }).click();
    assert.equal(await help.isVisible(), false);
    assert.equal(await focused(), 'keys');
    await page.locator('#keys').click();
    await page.locator('#keys').click();
    assert.equal(await help.isVisible(), false, 'a second press on the button');
  });

  test('the help closes when the focus leaves it, so that the keys act again', async () => {
    await opened.go('/');
    await page.locator('a.title').first().focus();
    await page.keyboard.press('?');
    const help = page.locator('#help');
    for (let presses = 0; presses < 20 && (await help.isVisible()); presses++) {
      await page.keyboard.press('Tab');
    }
    assert.equal(await help.isVisible(), false);
    await page.keyboard.press('?');
    await page.keyboard.press('Shift+Tab');
    if (await help.isVisible()) await page.keyboard.press('Shift+Tab');
    assert.equal(await help.isVisible(), false);
    await page.keyboard.press('/');
    assert.equal(await focused(), 'q');
  });

  test('one switch turns all keys off, and the next page knows it', async () => {
    await opened.go('/');
    await markLoad();
    await page.locator('#keys').click();
    const saved = page.waitForResponse('**/prefs');
    await page.locator('#keys-switch').click();
    assert.equal((await saved).status(), 204);
    await page.keyboard.press('Escape');
    await page.locator('a.title').first().focus();
    for (const key of ['/', '?', 'r', 'ArrowRight']) await page.keyboard.press(key);
    assert.equal(await focusedCard(), `card-${clipIdAt(CLIPS)}`);
    assert.equal(await page.locator('#help').isVisible(), false);
    assert.ok(await isSameLoad());
    await page.reload();
    assert.equal(await page.locator('html').getAttribute('data-keys'), 'off');
    await page.locator('#keys').click();
    await page.locator('#keys-switch').click();
    assert.equal(await page.locator('html').getAttribute('data-keys'), 'on');
  });

  test('the theme changes at once, and the next page comes with it', async () => {
    await page.emulateMedia({ colorScheme: 'dark' });
    await opened.go('/');
    await markLoad();
    const background = () => run('getComputedStyle(document.body).backgroundColor');
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
    await opened.go('/');
    await markLoad();
    const id = clipIdAt(CLIPS - SPOILER_AT);
    const picture = page.locator(`#card-${id} img[src*="/card"]`);
    assert.equal(await picture.count(), 0);
    await page.locator(`#card-${id} a.show`).click();
    await picture.waitFor();
    assert.equal(await focusedCard(), `card-${id}`);
    assert.equal(await cards(), 24);
    assert.equal(await address(), '/');
    assert.ok(await isSameLoad());
  });

  test('new clips are offered in a button, and the page does not move until it is pressed', async () => {
    await opened.installClock();
    await opened.go('/');
    const pill = page.locator('.pill');
    assert.ok(await pill.isHidden());
    const fresh = [201, 200].map((at) => aClip({ id: clipIdAt(at), thumbnail: null }));
    library.catalog.clips.unshift(...fresh);
    clock.nowMs += LIST_REMEMBERED_MS;
    const first = () => page.locator('.card').first().getAttribute('id');
    await page.clock.fastForward(30_000);
    await page.getByRole('button', { name: '2 new clips' }).waitFor();
    assert.equal(await first(), `card-${clipIdAt(CLIPS)}`);
    await pill.click();
    await page.locator(`#card-${clipIdAt(201)}`).waitFor();
    assert.equal(await first(), `card-${clipIdAt(201)}`);
    assert.equal(await focusedCard(), `card-${clipIdAt(201)}`);
    assert.ok(await pill.isHidden());
  });

  test('suggestions complete the word at the end, and the text changes only when one is chosen', async () => {
    await opened.go('/');
    await page.locator('#q').pressSequentially('ace fr');
    const options = page.getByRole('option');
    await options.first().waitFor();
    assert.equal(await page.getByRole('combobox').getAttribute('aria-expanded'), 'true');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    const active = await page.locator('#q').getAttribute('aria-activedescendant');
    assert.equal(await page.locator(`#${String(active)}`).getAttribute('aria-selected'), 'true');
    assert.equal(await page.locator('#q').inputValue(), 'ace fr');
    await page.keyboard.press('Escape');
    assert.ok(await page.getByRole('listbox').isHidden());
    assert.equal(await page.locator('#q').inputValue(), 'ace fr');
    await page.keyboard.press('ArrowDown');
    await options.first().waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    assert.equal(await page.locator('#q').inputValue(), 'ace from:');
    await options.first().waitFor();
    await page.keyboard.press('Tab');
    assert.ok(await page.getByRole('listbox').isHidden());
    assert.equal(await page.locator('#q').inputValue(), 'ace from:');
  });

  test('under a mouse, a picture shows the frame at the pointer, and one storyboard is loaded', async () => {
    await opened.go('/');
    await moveTo(0, 0.35);
    await page.locator('.story.frame-3').waitFor();
    await moveTo(0, 0.95);
    assert.equal(await page.locator('.story.frame-9 progress').getAttribute('value'), '10');
    await moveTo(1, 0.05);
    await page.locator('.story.frame-0').waitFor();
    assert.equal(await page.locator('.story').count(), 1);
    await page.mouse.move(2, 2);
    assert.equal(await page.locator('.story').count(), 0);
  });

  test('when the mouse leaves a card that has the focus, the picture comes back', async () => {
    await opened.go('/');
    await page.locator('a.title').first().focus();
    await moveTo(0, 0.35);
    await page.locator('.story.frame-3').waitFor();
    await page.mouse.move(2, 2);
    assert.equal(await page.locator('.story').count(), 0);
    assert.equal(await focusedCard(), `card-${clipIdAt(CLIPS)}`);
  });

  test('a storyboard that the focus started plays on while the mouse moves elsewhere', async () => {
    await page.emulateMedia({ reducedMotion: 'no-preference' });
    await opened.installClock(START_MS);
    await opened.go('/');
    await page.clock.pauseAt(START_MS + 60_000);
    await page.locator('#sort summary').focus();
    await page.keyboard.press('Tab');
    await page.locator('.story.frame-0').waitFor();
    await page.mouse.move(2, 2);
    await page.clock.runFor(450);
    assert.equal(await page.locator('.story').getAttribute('class'), 'story frame-1');
  });

  test('on keyboard focus, a storyboard plays once, and never if the reader wants less motion', async () => {
    await page.emulateMedia({ reducedMotion: 'no-preference' });
    await opened.installClock(START_MS);
    await opened.go('/');
    await page.clock.pauseAt(START_MS + 60_000);
    await page.locator('#sort summary').focus();
    await page.keyboard.press('Tab');
    await page.locator('.story.frame-0').waitFor();
    for (let frame = 1; frame < 10; frame++) {
      await page.clock.runFor(450);
      assert.equal(await page.locator('.story').getAttribute('class'), `story frame-${frame}`);
    }
    await page.clock.runFor(450);
    assert.equal(await page.locator('.story').count(), 0);
    await page.emulateMedia({ reducedMotion: 'reduce' });
    opened.requests.length = 0;
    await page.keyboard.press('ArrowRight');
    assert.equal(await focusedCard(), `card-${clipIdAt(CLIPS - 1)}`);
    await run("fetch('/healthz').then(() => null)");
    assert.deepEqual(
      asked().filter((url) => url.includes('moments')),
      [],
    );
  });

  test('every link to a clip of a list page opens the clip so that it plays, and "Random" too', async () => {
    const lastYear = clock.nowMs - 365 * 24 * 3_600_000;
    const pictures = { thumbnail: null, posterImage: null };
    const old = aClip({ id: clipIdAt(301), postedAtMs: lastYear, ...pictures });
    giveLink(old, library.cdn.linkOf(old.id));
    library.catalog.clips.push(old);
    await notePlay();
    clock.nowMs += ANSWERS_REMEMBERED_MS;
    for (const [path, link] of [
      ['/', '#on-this-day a.title'],
      [`/posters/${MIA.id}`, '.profile .facts a[href^="/c/"]'],
      ['/', '#random'],
    ] as const) {
      await opened.go(path);
      await page.locator(link).first().click();
      await page.waitForURL('**/c/**');
      await untilTrue('!video.paused && video.played.length > 0');
      // The next opening, by the address, waits.
      await opened.go(String(await address()));
      assert.equal(await isPlayAsked(), false, link);
    }
  });

  test('after a "Random" that led nowhere, a clip that is opened by its address waits', async () => {
    await notePlay();
    await opened.go('/');
    await page.route('**/random*', (route) => route.fulfill({ status: 204 }));
    const answered = page.waitForResponse('**/random*');
    await page.locator('#random').click();
    await answered;
    await opened.go(`/c/${clipIdAt(CLIPS)}`);
    assert.equal(await isPlayAsked(), false);
  });

  test('the strip of this day closes in the page and stays closed', async () => {
    const lastYear = clock.nowMs - 365 * 24 * 3_600_000;
    library.catalog.clips.push(aClip({ id: clipIdAt(300), postedAtMs: lastYear, thumbnail: null }));
    clock.nowMs += ANSWERS_REMEMBERED_MS;
    await opened.go('/');
    await markLoad();
    const saved = page.waitForResponse('**/prefs');
    await page.locator('#hide-day button').click();
    await saved;
    assert.equal(await page.locator('#on-this-day').count(), 0);
    assert.ok(await isSameLoad());
    await page.reload();
    assert.equal(await page.locator('#on-this-day').count(), 0);
  });
});

/** A second without sound. */
async function createVideo(): Promise<Uint8Array> {
  const source = ['-f', 'lavfi', '-i', 'testsrc2=s=64x64:r=5:d=1'];
  const codec = ['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8'];
  return await ffmpegBytes('clip.mp4', ...source, ...codec);
}
