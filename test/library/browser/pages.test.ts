import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { findAxeViolations } from '../../support/browser/check-axe.ts';
import { openChromium } from '../../support/browser/chromium.ts';
import { SPOILER_CLIP, UNREACHABLE_CLIP } from '../../support/browser/clips.ts';
import { measurePage, type PageCost } from '../../support/browser/measure-page.ts';
import { DESKTOP, openPage, PHONE, type OpenedPage } from '../../support/browser/open-page.ts';
import { serveLibrary, type ServedLibrary } from '../../support/browser/serve-library.ts';

const KIB = 1024;
/** The budget of a page. Bytes are transferred bytes, with headers. */
const BUDGET: Partial<PageCost> = {
  styleBytes: 8 * KIB,
  fontBytes: 50 * KIB,
  iconBytes: 4 * KIB,
  bytesWithoutPictures: 100 * KIB,
  nodes: 1200,
  layoutShift: 0.02,
};
const GRID_BUDGET = { ...BUDGET, htmlBytes: 14 * KIB, scriptBytes: 14 * KIB, requests: 40 };
const CLIP_BUDGET = { ...BUDGET, htmlBytes: 8 * KIB, scriptBytes: 20 * KIB, requests: 30 };
/** Every page has more nodes than this, so a page with fewer was not measured. */
const MIN_NODES = 50;

describe('pages in a real browser', () => {
  let browser: Browser;
  let library: ServedLibrary;
  before(async () => {
    [browser, library] = await Promise.all([openChromium(), serveLibrary()]);
  });
  after(async () => {
    await browser.close();
    await library.stop();
  });

  const idOf = (number: number) => library.clips[number - 1]!.id;
  const readPages = (): { path: string; status: number }[] => [
    { path: '/', status: 200 },
    { path: '/?q=zzzz', status: 200 },
    { path: '/?from=500000000000000001', status: 200 },
    { path: `/c/${idOf(1)}`, status: 200 },
    { path: `/c/${idOf(SPOILER_CLIP)}`, status: 200 },
    { path: `/c/${idOf(UNREACHABLE_CLIP)}`, status: 200 },
    { path: `/embed/${idOf(1)}`, status: 200 },
    { path: '/nothing', status: 404 },
  ];

  for (const theme of ['dark', 'light'] as const) {
    it(`every page satisfies axe, its own policy and the console in the ${theme} theme`, async () => {
      const opened = await openPage(browser, library.origin, { theme });
      for (const { path, status } of readPages()) {
        await checkPage(opened, path, status);
        assert.deepEqual(await findAxeViolations(opened.page), [], path);
      }
      await opened.close();
    });
  }

  it('if JavaScript is off, every page satisfies its own policy and the console', async () => {
    const opened = await openPage(browser, library.origin, { isScripted: false });
    for (const { path, status } of readPages()) await checkPage(opened, path, status);
    await opened.close();
  });

  async function checkPage(opened: OpenedPage, path: string, status: number): Promise<void> {
    assert.equal(await opened.go(path), status, path);
    // Chromium logs the status of the page itself.
    const faults = opened.faults.filter((fault) => !fault.includes(`status of ${status}`));
    assert.deepEqual(faults, [], path);
    const addresses = opened.requests.map((request) => request.url());
    const origins = addresses
      .filter((address) => !address.startsWith('data:'))
      .map((address) => new URL(address).origin);
    const own = [library.origin, library.cdn.origin];
    assert.deepEqual(
      origins.filter((origin) => !own.includes(origin)),
      [],
      path,
    );
  }

  for (const viewport of [DESKTOP, PHONE]) {
    it(`the grid and a clip's page keep their budget at ${viewport.width} pixels`, async () => {
      for (const { path, budget } of [
        { path: '/', budget: GRID_BUDGET },
        { path: `/c/${idOf(1)}`, budget: CLIP_BUDGET },
      ]) {
        const opened = await openPage(browser, library.origin, { viewport });
        const cost = await measurePage(opened, path);
        for (const [name, max] of Object.entries(budget)) {
          const figure = cost[name as keyof PageCost];
          assert.ok(figure <= max, `${path}: ${name} is ${figure}, more than ${max}`);
        }
        assert.ok(cost.nodes > MIN_NODES, `${path} has not been measured`);
        await opened.close();
      }
    });
  }
});
