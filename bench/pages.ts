import process from 'node:process';
import type { Browser } from 'playwright-core';
import { openChromium } from '../test/support/browser/chromium.ts';
import { serveLibrary, type ServedLibrary } from '../test/support/browser/serve-library.ts';
import { serveBarePage } from './pages/bare-page.ts';
import { DEVICES, visit, type Device, type MeasuredPage, type Visit } from './pages/measure.ts';
import { targetsOf } from './pages/targets.ts';
import { runBenchmark, say } from './support/benchmark.ts';
import { checkTarget } from './support/check-target.ts';
import { median, roundTo } from './support/numbers.ts';

const VISITS = 5;
/** Longer than the 150 ms for which typing waits, and the answer. */
const SEARCH_MS = 1000;
const KEY_MS = 150;
const BARE_PAGE: MeasuredPage = {
  name: 'bare',
  path: '/',
  async act(page) {
    await page.locator('input').click();
    await page.keyboard.type('rai', { delay: 60 });
    await page.keyboard.press('Escape');
    await page.keyboard.press('Tab');
  },
};

/**
 * Measures the grid and a clip's page in headless Chromium, as a phone and as a desktop machine: LCP, INP and CLS as
 * https://web.dev/articles/vitals defines them, bytes, requests and DOM nodes. Each figure is the median of five visits
 * with an empty cache. A bare page, a heading and a field, is measured beside them and shows what browser and machine
 * need for any page. The last line is JSON.
 *
 * `npm run bench -- pages [--json]`
 */
await runBenchmark(async () => {
  const isQuiet = process.argv.includes('--json');
  const [browser, library, bare] = await Promise.all([
    openChromium(),
    serveLibrary({ isReal: true }),
    serveBarePage(),
  ]);
  const results: Record<string, Record<string, number>> = {};
  // The first visit of a browser is slower, whatever the page.
  const [device] = DEVICES;
  const pages = [
    { origin: bare.origin, measured: BARE_PAGE },
    ...pagesOf(library).map((measured) => ({ origin: library.origin, measured })),
  ];
  const [page] = pages;
  if (device && page) await visit(browser, page.origin, device, page.measured);
  for (const each of DEVICES) {
    for (const { origin, measured } of pages) {
      const name = `${each.name} ${measured.name}`;
      const figures = await measureMedians(browser, origin, each, measured);
      results[name] = figures;
      if (!isQuiet) say(`${name}: ${formatFigures(figures)}`);
      for (const [figure, target] of Object.entries(targetsOf(each.name, measured.name))) {
        checkTarget(`${name} ${figure}`, figures[figure] ?? NaN, target);
      }
    }
  }
  await browser.close();
  await Promise.all([library.stop(), bare.stop()]);
  console.log(JSON.stringify(results));
});

function pagesOf({ clips }: ServedLibrary): MeasuredPage[] {
  return [
    {
      name: 'grid',
      path: '/',
      async act(page) {
        // A phone shows an icon instead of the field.
        await page.locator('.open-search:visible, #q').first().click();
        await page.keyboard.type('rai', { delay: 60 });
        await page.waitForTimeout(SEARCH_MS);
        await page.keyboard.press('Escape');
        await page.keyboard.press('Escape');
        await page.keyboard.press('Tab');
      },
    },
    {
      name: 'clip',
      path: `/c/${clips[0]?.id}`,
      async act(page) {
        await page.locator('h1').click();
        for (const key of ['m', 'k', 'l', 'k', '?', 'Escape']) {
          await page.keyboard.press(key);
          await page.waitForTimeout(KEY_MS);
        }
      },
    },
  ];
}

async function measureMedians(
  browser: Browser,
  origin: string,
  device: Device,
  page: MeasuredPage,
): Promise<Record<string, number>> {
  const visits: Visit[] = [];
  for (let number = 0; number < VISITS; number++) {
    visits.push(await visit(browser, origin, device, page));
  }
  const middle = (read: (visit: Visit) => number) => median(visits.map(read));
  return {
    lcpMs: Math.round(middle(({ lcpMs }) => lcpMs)),
    inpMs: Math.round(middle(({ inpMs }) => inpMs)),
    cls: roundTo(
      4,
      middle(({ cls }) => cls),
    ),
    requests: middle(({ cost }) => cost.requests),
    htmlBytes: middle(({ cost }) => cost.htmlBytes),
    styleBytes: middle(({ cost }) => cost.styleBytes),
    scriptBytes: middle(({ cost }) => cost.scriptBytes),
    fontBytes: middle(({ cost }) => cost.fontBytes),
    iconBytes: middle(({ cost }) => cost.iconBytes),
    bytesWithoutPictures: middle(({ cost }) => cost.bytesWithoutPictures),
    nodes: middle(({ cost }) => cost.nodes),
  };
}

function formatFigures(figures: Record<string, number>): string {
  return Object.entries(figures)
    .map(([name, figure]) => `${name} ${figure}`)
    .join(', ');
}
