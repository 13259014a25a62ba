import type { Browser, BrowserContext, Page, Request } from 'playwright-core';

export const PHONE = { width: 360, height: 780 };
export const DESKTOP = { width: 1440, height: 900 };

export interface OpenOptions {
  /** DESKTOP by default. */
  viewport?: { width: number; height: number };
  /** The system's theme; dark by default. */
  theme?: 'dark' | 'light';
  /** False to turn JavaScript off. */
  isScripted?: boolean;
  /** True for a screen that is touched. */
  isTouched?: boolean;
  isMotionReduced?: boolean;
}

export interface OpenedPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What the page did wrong: errors in the console, violations of the Content Security Policy, uncaught errors. */
  readonly faults: string[];
  readonly requests: Request[];
  /** Goes to a path of the library, empties `faults`, and waits for the page. Returns the status of the answer. */
  go(path: string): Promise<number>;
  close(): Promise<void>;
}

/** True if an error in the console tells that the machine's network interfaces changed, as when a container starts. */
export function isOfMachine(text: string): boolean {
  return text.includes('net::ERR_NETWORK_CHANGED');
}

/** Opens an empty page in a browser window of its own, with its own cookies. `origin` is the library's. */
export async function openPage(
  browser: Browser,
  origin: string,
  {
    viewport = DESKTOP,
    theme = 'dark',
    isScripted = true,
    isTouched = false,
    isMotionReduced = false,
  }: OpenOptions = {},
): Promise<OpenedPage> {
  const context = await browser.newContext({
    viewport,
    colorScheme: theme,
    javaScriptEnabled: isScripted,
    hasTouch: isTouched,
    reducedMotion: isMotionReduced ? 'reduce' : 'no-preference',
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
  return {
    page,
    context,
    faults,
    requests,
    async go(path) {
      faults.length = 0;
      const response = await page.goto(`${origin}${path}`);
      return response?.status() ?? 0;
    },
    close: () => context.close(),
  };
}
