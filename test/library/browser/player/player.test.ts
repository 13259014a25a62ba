import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { openChromium } from '../../../support/browser/chromium.ts';
import { sampleClips } from '../../../support/browser/clips.ts';
import {
  openPage,
  PHONE,
  shareWindow,
  type OpenedPage,
  type OpenNext,
} from '../../../support/browser/open-page.ts';
import {
  giveLink,
  serveLibrary,
  type ServedLibrary,
} from '../../../support/browser/serve-library.ts';
import { ffmpegBytes } from '../../../media/support/make-clip.ts';
import { until as waitUntil } from '../../../support/wait.ts';
import { LINK_REMEMBERED_MS } from '../../../../src/library/redirect/find-link.ts';

const CLIPS = 10;
/** The clip in the middle of the list has clips on both sides. */
const MIDDLE = 3;
const WITH_MOMENTS = 5;
const UNPLAYABLE = 1;
const CLOSE_SECONDS = 0.3;

/** What a test asks of the video. */
interface Shown {
  title: string;
  path: string;
  seconds: number;
  isPaused: boolean;
  readyState: number;
  isMuted: boolean;
  volume: number;
  speed: number;
  isLooped: boolean;
  /** True if the video has shown every clip since `keepVideo`. */
  isSameVideo: boolean;
  isFullScreen: boolean;
  toast: string;
  status: string;
  fault: string | null;
}

describe('the player', () => {
  const clock = {
    skippedMs: 0,
    get nowMs() {
      return Date.now() + this.skippedMs;
    },
  };
  let browser: Browser;
  let library: ServedLibrary;
  let openNext: OpenNext;
  let opened: OpenedPage;
  let page: Page;
  before(async () => {
    const clips = sampleClips(CLIPS).map((clip) => ({ ...clip, isSpoiler: false }));
    clips[WITH_MOMENTS - 1]!.storyboard = {
      key: 'moments/1.webp',
      version: 'ab',
      times: [0, 6, 12, 18],
    };
    [browser, library] = await Promise.all([openChromium(), serveLibrary({ clips, clock })]);
    openNext = shareWindow(browser);
  });
  after(async () => {
    await browser.close();
    await library.stop();
  });
  beforeEach(async () => {
    for (const clip of library.clips) giveLink(clip, library.cdn.linkOf(clip.id));
    forgetLinks();
    opened = await openNext(library.origin);
    page = opened.page;
  });
  afterEach(() => opened.close());

  /** The library forgets the links that it remembers. */
  const forgetLinks = () => void (clock.skippedMs += LINK_REMEMBERED_MS);
  const clipAt = (number: number) => library.clips[number - 1]!;
  /** Waits for an expression in the page. The page's policy forbids Playwright's own way. */
  const until = async (expression: string) => {
    try {
      await waitUntil(expression, () => page.evaluate<boolean>(expression));
    } catch (error) {
      const state = await shown().catch(String);
      throw new Error(`the page had: ${JSON.stringify([state, opened.faults])}`, { cause: error });
    }
  };
  const open = async (number: number, query = '') => {
    await opened.go(`/c/${clipAt(number).id}${query}`);
    await until('video.readyState >= 2');
    await page.evaluate('video.kept = true');
  };
  const shown = () =>
    page.evaluate<Shown>(`({
      title: document.getElementById('title').textContent,
      path: location.pathname + location.search,
      seconds: video.currentTime,
      isPaused: video.paused,
      readyState: video.readyState,
      isMuted: video.muted,
      volume: video.volume,
      speed: video.playbackRate,
      isLooped: video.loop,
      isSameVideo: video.kept === true,
      isFullScreen: document.fullscreenElement === video,
      toast: document.getElementById('toast').textContent,
      status: document.getElementById('status').textContent,
      fault: document.querySelector("#fault:not([hidden])")?.textContent ?? null,
    })`);
  /** The colour that the screen shows inside the toast's corner, where the toast has no text. */
  const colourAtToast = async () => {
    const screen = (await page.screenshot()).toString('base64');
    return await page.evaluate<string>(`(async () => {
      const bytes = Uint8Array.from(atob('${screen}'), (each) => each.charCodeAt(0));
      const image = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
      const canvas = new OffscreenCanvas(image.width, image.height).getContext('2d');
      canvas.drawImage(image, 0, 0);
      const { left, top } = toast.getBoundingClientRect();
      const [red, green, blue] = canvas.getImageData(left + 8, top + 8, 1, 1).data;
      return \`rgb(\${red}, \${green}, \${blue})\`;
    })()`);
  };
  /** An expression that is true if the screen shows the middle of an element, and nothing over it. */
  const isOnTop = (id: string) =>
    `(({ left, right, top, bottom }) => document.elementFromPoint((left + right) / 2, (top + bottom) / 2)
      ?.closest('#${id}') !== null)(document.getElementById('${id}').getBoundingClientRect())`;
  const press = (...keys: string[]) =>
    keys.reduce((before, key) => before.then(() => page.keyboard.press(key)), Promise.resolve());
  const isPlayingAfter = (seconds: number) =>
    until(`!video.paused && video.currentTime > ${seconds} && !video.seeking`);
  const showsClip = (number: number) =>
    until(`player.dataset.id === '${clipAt(number).id}' && video.readyState >= 2`);

  it('every key of the table acts once, wherever the focus is outside of fields', async () => {
    await open(MIDDLE);
    assert.equal((await shown()).isPaused, true, 'a clip opened by its address waits');
    await page.focus('#video');
    await press('Space');
    await isPlayingAfter(0);
    await press('k');
    assert.equal((await shown()).isPaused, true);
    await press('5', 'ArrowRight', 'l', 'j', 'ArrowLeft', 'ArrowRight');
    assert.ok(Math.abs((await shown()).seconds - 35) < CLOSE_SECONDS);
    await press('.', '.', ',');
    const frame = clipAt(MIDDLE).frameRate!;
    assert.equal(Math.floor((await shown()).seconds * frame), 35 * frame + 1);
    await press('m', 'ArrowDown', 'ArrowDown', '>', '>', '<');
    const { isMuted, volume, speed, toast } = await shown();
    assert.deepEqual({ isMuted, volume, speed }, { isMuted: true, volume: 0.9, speed: 1.25 });
    assert.equal(toast, 'Speed 1.25×');
    await press('ArrowUp');
    assert.equal((await shown()).isMuted, false);
    assert.deepEqual(opened.faults, []);
  });

  it('in a field, with Ctrl, or with the keys turned off, no key acts on the video', async () => {
    await open(MIDDLE);
    await page.focus('#q');
    await press('k', '5', 'n');
    assert.equal(await page.inputValue('#q'), 'k5n');
    await page.evaluate('document.activeElement.blur()');
    await press('Control+m', 'Alt+k');
    await page.evaluate("document.documentElement.dataset.keys = 'off'");
    await press('k', '5', 'm');
    const { seconds, isPaused, isMuted } = await shown();
    assert.deepEqual(
      { seconds, isPaused, isMuted },
      { seconds: 0, isPaused: true, isMuted: false },
    );
    await page.evaluate("document.documentElement.dataset.keys = 'on'");
    await press('?');
    assert.equal(await page.locator('#help').isVisible(), true);
    await press('k', 'Escape');
    assert.equal(await page.locator('#help').isVisible(), false);
    assert.equal((await shown()).isPaused, true);
  });

  it('next and previous keep the video element and full screen, and back and forward work', async () => {
    await open(MIDDLE);
    await press('f');
    await until('document.fullscreenElement === video');
    await press('>');
    assert.equal(
      await colourAtToast(),
      await page.evaluate('getComputedStyle(toast).backgroundColor'),
    );
    await press('<', 'n');
    await showsClip(MIDDLE + 1);
    await isPlayingAfter(0);
    const next = await shown();
    assert.equal(next.title, clipAt(MIDDLE + 1).title);
    assert.ok(next.isFullScreen && next.isSameVideo);
    assert.match(next.path, new RegExp(`^/c/${clipAt(MIDDLE + 1).id}`));
    assert.equal(await page.title(), `${next.title} · Ragtag Clips`);
    assert.equal(next.status, `Now: ${next.title}`);
    assert.equal(await page.evaluate('navigator.mediaSession.metadata.title'), next.title);
    await press('Shift+P');
    await showsClip(MIDDLE);
    assert.ok((await shown()).isFullScreen);
    await page.goBack();
    await showsClip(MIDDLE + 1);
    await page.goForward();
    await showsClip(MIDDLE);
    const { isSameVideo, title } = await shown();
    assert.deepEqual({ isSameVideo, title }, { isSameVideo: true, title: clipAt(MIDDLE).title });
    assert.deepEqual(opened.faults, []);
  });

  it('a link of the list below the player changes the clip and moves the focus to its title', async () => {
    await open(MIDDLE);
    await page.click('#next');
    await showsClip(MIDDLE + 1);
    await isPlayingAfter(0);
    assert.equal(await page.evaluate('document.activeElement.id'), 'title');
    assert.ok((await shown()).isSameVideo);
  });

  it('a clip that is opened by a click in the list plays with its sound', async () => {
    await opened.go('/');
    await page.click(`#card-${clipAt(MIDDLE).id} a.title`);
    await page.waitForURL(`**/c/${clipAt(MIDDLE).id}*`);
    await isPlayingAfter(0);
    assert.equal((await shown()).isMuted, false);
    await page.reload();
    await until('video.readyState >= 2');
    assert.equal((await shown()).isPaused, true, 'only the click plays it');
  });

  it('in full screen, N shows a covered clip covered, and Enter uncovers the clip there', async () => {
    const covered = clipAt(MIDDLE + 1);
    covered.isSpoiler = true;
    try {
      await open(MIDDLE);
      await press('f');
      await until('document.fullscreenElement === video');
      opened.requests.length = 0;
      await press('n');
      await until(`player.dataset.id === '${covered.id}'`);
      await until(isOnTop('show'));
      assert.equal(
        await page.evaluate("video.hasAttribute('src') || video.hasAttribute('poster')"),
        false,
      );
      await press('k', '5');
      const { isFullScreen, isSameVideo, isPaused, status } = await shown();
      assert.deepEqual(
        { isFullScreen, isSameVideo, isPaused },
        { isFullScreen: true, isSameVideo: true, isPaused: true },
      );
      assert.equal(status, `Now: ${covered.title}. This clip is marked as a spoiler.`);
      const asked = opened.requests.map((request) => new URL(request.url()).pathname);
      assert.deepEqual(
        asked.filter((path) => path.startsWith(`/c/${covered.id}`)),
        [`/c/${covered.id}`],
      );
      await press('Enter');
      await isPlayingAfter(0);
      const uncovered = await shown();
      assert.equal(uncovered.path, `/c/${covered.id}?show=1`);
      assert.ok(uncovered.isFullScreen && uncovered.isSameVideo);
      await press('n');
      await showsClip(MIDDLE + 2);
      assert.ok((await shown()).isFullScreen);
      assert.deepEqual(opened.faults, []);
    } finally {
      covered.isSpoiler = false;
    }
  });

  it('a cover stays over the video when full screen ends and begins', async () => {
    const covered = clipAt(MIDDLE);
    covered.isSpoiler = true;
    try {
      await opened.go(`/c/${covered.id}`);
      await until(`document.documentElement.classList.contains('js') && ${isOnTop('show')}`);
      await press('f');
      await until(`document.fullscreenElement === video && ${isOnTop('show')}`);
      await page.evaluate('document.exitFullscreen()');
      await until(`document.fullscreenElement === null && ${isOnTop('show')}`);
      await press('n');
      await showsClip(MIDDLE + 1);
      await isPlayingAfter(0);
      await page.goBack();
      await until(`player.dataset.id === '${covered.id}' && ${isOnTop('show')}`);
      assert.equal(await page.evaluate("video.hasAttribute('src') || video.readyState > 0"), false);
    } finally {
      covered.isSpoiler = false;
    }
  });

  it('in full screen, the help lies over the video and can be closed', async () => {
    await open(MIDDLE);
    await press('f');
    await until('document.fullscreenElement === video');
    await press('?');
    await page.locator('#help').getByRole('button', { name: 'Close' }).click();
    assert.equal(await page.locator('#help').isVisible(), false);
    assert.equal((await shown()).isFullScreen, true);
  });

  it('in full screen, N shows why a clip can’t be had, and the next N plays again', async () => {
    const lost = clipAt(MIDDLE + 1);
    Object.assign(lost, { status: 'unreachable', url: null, expiresAtMs: null });
    try {
      await open(MIDDLE);
      await press('f');
      await until('document.fullscreenElement === video');
      await press('n');
      await until(`player.dataset.id === '${lost.id}' && ${isOnTop('fault')}`);
      assert.match((await shown()).fault ?? '', /^Discord won’t give us this clip right now\./);
      await press('n');
      await showsClip(MIDDLE + 2);
      await isPlayingAfter(0);
      const { isFullScreen, isSameVideo, fault } = await shown();
      assert.deepEqual(
        { isFullScreen, isSameVideo, fault },
        { isFullScreen: true, isSameVideo: true, fault: null },
      );
    } finally {
      lost.status = 'live';
    }
  });

  it('at the end of the list, N says so and changes nothing', async () => {
    await open(CLIPS);
    await press('n');
    const { toast, path } = await shown();
    assert.equal(toast, 'This is the last clip of the list.');
    assert.equal(path, `/c/${clipAt(CLIPS).id}`);
  });

  it('with "Play next", the next clip plays when one ends', async () => {
    await open(MIDDLE);
    await page.click('#play-next');
    assert.equal(await page.getAttribute('#play-next', 'aria-pressed'), 'true');
    await page.evaluate('video.currentTime = video.duration - 0.3; video.play()');
    await showsClip(MIDDLE + 1);
    await isPlayingAfter(0);
    assert.ok((await shown()).isSameVideo);
  });

  it('volume, speed and loop are the same on the next page that opens', async () => {
    await open(MIDDLE);
    await press('ArrowDown', 'ArrowDown', 'm');
    await page.click('#loop');
    await page.click('#speed');
    await page.click('#speed-menu >> text="1.5×"');
    await open(MIDDLE + 1);
    const { volume, isMuted, speed, isLooped } = await shown();
    assert.deepEqual(
      { volume, isMuted, speed, isLooped },
      { volume: 0.9, isMuted: true, speed: 1.5, isLooped: true },
    );
    assert.equal(await page.textContent('#speed'), '1.5×');
  });

  it('a clip under 15 seconds repeats by itself', async () => {
    await open(1);
    assert.ok(clipAt(1).durationSeconds! < 15 && clipAt(MIDDLE).durationSeconds! > 15);
    assert.equal((await shown()).isLooped, true);
    await open(MIDDLE);
    assert.equal((await shown()).isLooped, false);
  });

  it('theatre is remembered by the server, and Escape leaves it', async () => {
    const isTheatre = () => page.evaluate("document.documentElement.dataset.theatre === 'on'");
    const saved = () => page.waitForResponse('**/prefs');
    await open(MIDDLE);
    await Promise.all([saved(), press('t')]);
    assert.equal(await page.getAttribute('#theatre', 'aria-pressed'), 'true');
    await open(MIDDLE);
    assert.equal(await isTheatre(), true);
    await Promise.all([saved(), press('Escape')]);
    assert.equal(await isTheatre(), false);
    await open(MIDDLE);
    assert.equal(await isTheatre(), false);
  });

  it('C copies the link, Shift+C the link to the second, and a start in the address is used', async () => {
    await opened.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await open(MIDDLE, '?t=12');
    assert.ok(Math.abs((await shown()).seconds - 12) < CLOSE_SECONDS);
    await press('c');
    await until("toast.textContent === 'Link copied'");
    const clipboard = () => page.evaluate<string>('navigator.clipboard.readText()');
    const link = await page.getAttribute('#player', 'data-link');
    assert.equal(await clipboard(), link);
    await press('Shift+C');
    await until("toast.textContent === 'Link copied at 0:12'");
    assert.equal(await clipboard(), `${link}?t=12`);
    assert.equal((await shown()).status, 'Link copied at 0:12');
    assert.match((await page.textContent('#copy-at')) ?? '', /0:12/);
  });

  it('without a clipboard, the link is shown selected', async () => {
    await opened.addScript('delete Navigator.prototype.clipboard');
    await open(MIDDLE);
    await page.click('#copy');
    const selected = await page.evaluate('getSelection().toString()');
    assert.equal(selected, await page.getAttribute('#player', 'data-link'));
    await press('Escape');
    await until("document.querySelector('#copy-dialog') === null");
    assert.equal(await page.evaluate('document.activeElement.id'), 'copy');
  });

  it('I asks for picture in picture, and says so if there is none', async () => {
    await opened.addScript(`HTMLVideoElement.prototype.requestPictureInPicture = function () {
      (window.calls ??= []).push(this.id);
      return calls.length === 1 ? Promise.resolve() : Promise.reject(new Error('refused'));
    }`);
    await open(MIDDLE);
    await press('i');
    assert.deepEqual(await page.evaluate('window.calls'), ['video']);
    assert.equal((await shown()).toast, '');
    await press('i');
    await until("toast.textContent === 'Picture in picture is not available here.'");
  });

  it('O opens the message in Discord', async () => {
    await open(MIDDLE);
    const message = await page.getAttribute('#player', 'data-discord');
    assert.match(message ?? '', /^https:/);
    const asked: string[] = [];
    await page.route(String(message), (route) => {
      asked.push(route.request().url());
      return route.fulfill({ status: 204 });
    });
    const answered = page.waitForResponse(String(message));
    await press('o');
    await answered;
    assert.deepEqual(asked, [message]);
  });

  it('"Share" hands the link and the title to the system', async () => {
    await opened.addScript(`Navigator.prototype.share = (data) => {
      (window.shared ??= []).push(data);
      return Promise.reject(new DOMException('closed', 'AbortError'));
    }`);
    await open(MIDDLE);
    await page.click('#more-actions summary');
    await page.click('#share');
    assert.deepEqual(await page.evaluate('window.shared'), [
      {
        title: await page.getAttribute('#player', 'data-title'),
        url: await page.getAttribute('#player', 'data-link'),
      },
    ]);
    assert.deepEqual(opened.faults, []);
  });

  it('if the browser plays only the sound of a clip, the clip pauses and the page says that it can’t be played', async () => {
    await opened.addScript(
      "Object.defineProperty(HTMLVideoElement.prototype, 'videoWidth', { get: () => 0 })",
    );
    await open(MIDDLE);
    assert.equal((await shown()).fault, null);
    await press('k');
    await until("document.querySelector('#fault:not([hidden])') !== null");
    const { isPaused, fault } = await shown();
    assert.equal(isPaused, true);
    assert.match(fault ?? '', /can’t play/);
  });

  it('a moment jumps to its time, and the moment on screen is marked', async () => {
    await open(WITH_MOMENTS);
    const button = page.locator('#moments [data-at]').nth(2);
    const at = Number(await button.getAttribute('data-at'));
    await button.click();
    await until(`Math.abs(video.currentTime - ${at}) < ${CLOSE_SECONDS}`);
    // The mark moves only after the jump.
    await page.locator(`#moments [data-at="${at}"][aria-current=true]`).waitFor();
    assert.equal(await page.locator('#moments [aria-current]').count(), 1);
  });

  it('if the link dies while a clip plays, the clip goes on at the same second', async () => {
    await open(MIDDLE);
    await press('k', '>', '>');
    await isPlayingAfter(1);
    // For some seconds the library still remembers the dead link, so the first new link may be dead too.
    killLinks();
    await press('8');
    await until("video.src.includes('?r=')");
    await isPlayingAfter(48.2);
    const { seconds, isSameVideo, speed, fault } = await shown();
    assert.ok(seconds < 52, `the clip goes on at ${seconds}`);
    assert.deepEqual({ isSameVideo, speed, fault }, { isSameVideo: true, speed: 1.5, fault: null });
  });

  it('without a connection, the clip waits, and it goes on when the connection is back', async () => {
    await opened.installClock();
    await open(MIDDLE);
    await press('k');
    await isPlayingAfter(0.5);
    await opened.context.setOffline(true);
    killLinks();
    forgetLinks();
    await press('8');
    await until('video.seeking');
    await page.clock.runFor(20_000);
    assert.equal(await page.evaluate("video.src.includes('?r=')"), false);
    await opened.context.setOffline(false);
    await until("video.src.includes('?r=')");
    await isPlayingAfter(48.2);
    assert.equal((await shown()).fault, null);
  });

  it('if the video waits eight seconds for data, the page asks for another link', async () => {
    await opened.installClock();
    await open(MIDDLE);
    forgetLinks();
    // The CDN is silent instead of refusing the old link, so the browser reports no error.
    let isAsked = false;
    await page.route(`${library.cdn.origin}/**`, (route) => {
      if (route.request().url() === clipAt(MIDDLE).url) return route.continue();
      isAsked = true;
      return;
    });
    await until('video.networkState === HTMLMediaElement.NETWORK_IDLE');
    killLinks();
    await press('8');
    await waitUntil('a request for the dead link', () => isAsked);
    await page.clock.runFor(5000);
    const isStuck = await page.evaluate("video.seeking && !video.src.includes('?r=')");
    assert.ok(isStuck, 'the video waits and the page has not asked yet');
    await page.clock.runFor(3100);
    await until(`!video.seeking && video.readyState >= 2`);
    assert.ok(Math.abs((await shown()).seconds - 48) < CLOSE_SECONDS);
    assert.equal(await page.evaluate("video.src.endsWith('?r=1')"), true);
    assert.equal((await shown()).isPaused, true);
  });

  it('a clip that is played after its lease has ended gets a new link first', async () => {
    await open(MIDDLE);
    await page.evaluate('video.currentTime = 20');
    await until('!video.seeking');
    await opened.installClock(clipAt(MIDDLE).expiresAtMs! + 1000);
    await press('k');
    await until("video.src.endsWith('?r=1')");
    await isPlayingAfter(20.2);
    assert.ok((await shown()).seconds < 23);
  });

  it('if there is no link, three tries end in a card, and "Try again" goes on at the same second', async () => {
    await open(MIDDLE);
    await press('6');
    await until('!video.seeking');
    const asked = () =>
      opened.requests.filter((request) => request.url().includes('.mp4?r=')).length;
    await opened.installClock();
    await page.route('**/*.mp4?r=*', (route) => route.fulfill({ status: 503 }));
    library.cdn.refuseOldLinks();
    await press('2');
    await until("video.src.endsWith('?r=1') && video.error !== null");
    await page.clock.runFor(1100);
    await until("video.src.endsWith('?r=2') && video.error !== null");
    await page.clock.runFor(4100);
    await until('!fault.hidden');
    assert.match((await shown()).fault ?? '', /^Discord won’t give us this clip right now\./);
    assert.equal(asked(), 3);
    await page.unroute('**/*.mp4?r=*');
    giveLink(clipAt(MIDDLE), library.cdn.linkOf(clipAt(MIDDLE).id));
    forgetLinks();
    await page.click('#fault button');
    await isPlayingAfter(12);
    const { seconds, fault } = await shown();
    assert.ok(seconds < 15);
    assert.equal(fault, null);
  });

  it('a clip in a codec that the browser lacks says so and offers Discord and the file', async () => {
    const clip = clipAt(UNPLAYABLE);
    clip.codec = 'hevc';
    library.cdn.put(clip.id, await createUnplayable());
    await open(UNPLAYABLE + 1);
    await press('p');
    await until('!fault.hidden');
    assert.match((await shown()).fault ?? '', /^This browser can’t play HEVC\./);
    const links = await page.evaluate<[string, string][]>(
      "[...fault.querySelectorAll('a')].map((a) => [a.textContent, a.getAttribute('href')])",
    );
    assert.deepEqual(links, [
      ['Open in Discord', clip.messageLink],
      ['Open file', `/c/${clip.id}.mp4`],
    ]);
    await press('n');
    await showsClip(UNPLAYABLE + 1);
    await isPlayingAfter(0);
    assert.equal((await shown()).fault, null);
  });

  it('a swipe on the title goes to the next clip, and one on the video does not', async () => {
    await opened.close();
    opened = await openPage(browser, library.origin, { viewport: PHONE, isTouched: true });
    page = opened.page;
    await open(MIDDLE);
    await swipe(page, '#video');
    assert.equal(await page.getAttribute('#player', 'data-id'), clipAt(MIDDLE).id);
    await swipe(page, '#title');
    await showsClip(MIDDLE + 1);
  });

  /** All links that were handed out die, and the catalog learns of a new link. */
  function killLinks(): void {
    library.cdn.refuseOldLinks();
    for (const clip of library.clips) giveLink(clip, library.cdn.linkOf(clip.id));
  }
});

/** MPEG-4 Part 2, which no browser of today plays. */
async function createUnplayable(): Promise<Uint8Array> {
  const source = ['-f', 'lavfi', '-i', 'testsrc2=s=64x64:r=5:d=1'];
  return await ffmpegBytes('clip.mp4', ...source, '-c:v', 'mpeg4');
}

/** Moves a finger from the right to the left over an element. */
async function swipe(page: Page, selector: string): Promise<void> {
  const box = await page.locator(selector).boundingBox();
  assert.ok(box !== null);
  const session = await page.context().newCDPSession(page);
  const y = box.y + box.height / 2;
  const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', x: number) =>
    session.send('Input.dispatchTouchEvent', {
      type,
      touchPoints: type === 'touchEnd' ? [] : [{ x, y }],
    });
  // All at once, because a slow machine must not make the swipe slow.
  await Promise.all([
    touch('touchStart', 250),
    touch('touchMove', 180),
    touch('touchMove', 100),
    touch('touchEnd', 100),
  ]);
  await session.detach();
}
