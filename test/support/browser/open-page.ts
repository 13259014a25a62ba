import type {
  Browser,
  BrowserContext,
  CDPSession,
  Disposable,
  Page,
  Request,
} from 'playwright-core';

export const PHONE = { width: 360, height: 780 };
export const DESKTOP = { width: 1440, height: 900 };

export interface PageOptions {
  /** DESKTOP by default. */
  viewport?: { width: number; height: number };
  /** The system's theme; dark by default. */
  theme?: 'dark' | 'light';
  isMotionReduced?: boolean;
}

export interface WindowOptions {
  /** False to turn JavaScript off. */
  isScripted?: boolean;
  /** True for a screen that is touched. */
  isTouched?: boolean;
}

export interface OpenedPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What the page did wrong: errors in the console, violations of the Content Security Policy, uncaught errors. */
  readonly faults: string[];
  readonly requests: Request[];
  /** Goes to a path of the library and waits for the page. Returns the status of the answer. */
  go(path: string): Promise<number>;
  /** Runs a script in each page before the page's own scripts. */
  addScript(source: string): Promise<void>;
  /** Replaces the pages' clock by `page.clock`. `time` is in epoch milliseconds, now by default. */
  installClock(time?: number): Promise<void>;
  close(): Promise<void>;
}

/** True if an error in the console tells that the machine's network interfaces changed, as when a container starts. */
function isOfMachine(text: string): boolean {
  return text.includes('net::ERR_NETWORK_CHANGED');
}

/** Opens an empty page in a browser window of its own, with its own cookies. `origin` is the library's. */
export async function openPage(
  browser: Browser,
  origin: string,
  options: PageOptions & WindowOptions = {},
): Promise<OpenedPage> {
  const window = await openWindow(browser, options);
  await setUp(window, options);
  return openIn(window, origin, () => window.context.close());
}

/** Opens an empty page, as `openPage` does. The page before must be closed. */
export type OpenNext = (origin: string, options?: PageOptions) => Promise<OpenedPage>;

/**
 * Opens pages one after another in the same window. In a Chromium with windows, a new one costs 0.4 s of CPU time, as
 * much as the page of a clip. A page that is closed leaves no history, no cookies and nothing stored behind; only the
 * browser's cache stays.
 */
export function shareWindow(browser: Browser, windowOptions: WindowOptions = {}): OpenNext {
  let free: BrowserWindow | null = null;
  return async (origin, options = {}) => {
    const window = free ?? (await openWindow(browser, windowOptions));
    free = null;
    window.faults.length = 0;
    window.requests.length = 0;
    await setUp(window, options);
    return openIn(window, origin, async () => {
      // The clock stays in a window for good.
      if (window.hasClock) await window.context.close();
      else {
        await empty(window, origin);
        free = window;
      }
    });
  };
}

interface BrowserWindow {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly session: CDPSession;
  readonly faults: string[];
  readonly requests: Request[];
  readonly scripts: Disposable[];
  hasClock: boolean;
}

async function openWindow(
  browser: Browser,
  { isScripted = true, isTouched = false }: WindowOptions,
): Promise<BrowserWindow> {
  const context = await browser.newContext({
    javaScriptEnabled: isScripted,
    hasTouch: isTouched,
    timezoneId: 'Europe/Berlin',
    locale: 'en-GB',
  });
  const page = await context.newPage();
  const faults: string[] = [];
  const requests: Request[] = [];
  // Chromium reports a violation of the policy as an error in the console too.
  page.on('console', (message) => {
    if (message.type() === 'error' && !isOfMachine(message.text()))
      faults.push(`${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => void faults.push(error.message));
  page.on('request', (request) => void requests.push(request));
  const session = await context.newCDPSession(page);
  return { context, page, session, faults, requests, scripts: [], hasClock: false };
}

async function setUp(
  { page }: BrowserWindow,
  { viewport = DESKTOP, theme = 'dark', isMotionReduced = false }: PageOptions,
): Promise<void> {
  await page.setViewportSize(viewport);
  await page.emulateMedia({
    colorScheme: theme,
    reducedMotion: isMotionReduced ? 'reduce' : 'no-preference',
  });
}

function openIn(window: BrowserWindow, origin: string, close: () => Promise<void>): OpenedPage {
  const { page, context, faults, requests, scripts } = window;
  return {
    page,
    context,
    faults,
    requests,
    async go(path) {
      const response = await page.goto(`${origin}${path}`);
      return response?.status() ?? 0;
    },
    async addScript(source) {
      scripts.push(await page.addInitScript(source));
    },
    async installClock(time) {
      window.hasClock = true;
      await page.clock.install(time === undefined ? {} : { time });
    },
    close,
  };
}

async function empty(window: BrowserWindow, origin: string): Promise<void> {
  const { context, page, session, scripts } = window;
  await page.unrouteAll({ behavior: 'ignoreErrors' });
  for (const script of scripts.splice(0)) await script.dispose();
  await context.setOffline(false);
  await context.clearPermissions();
  await page.goto('about:blank');
  await page.mouse.move(0, 0);
  await context.clearCookies();
  await session.send('Storage.clearDataForOrigin', { origin, storageTypes: 'all' });
  await session.send('Page.resetNavigationHistory');
}
