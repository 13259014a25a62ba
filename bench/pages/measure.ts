import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setTimeout as pause } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { measurePage, type PageCost } from '../../test/support/browser/measure-page.ts';
import { DESKTOP, openPage, PHONE } from '../../test/support/browser/open-page.ts';

/** The script of web-vitals that defines `webVitals`. */
const WEB_VITALS = readFileSync(
  createRequire(import.meta.url)
    .resolve('web-vitals')
    .replace(/[^/]+$/, 'web-vitals.iife.js'),
  'utf8',
);

/** Keeps the last value of each figure. By default, web-vitals ignores interactions that take less than 40 ms. */
const REPORT = `window.vitals = { LCP: null, INP: null, CLS: null };
for (const name of ['LCP', 'INP', 'CLS'])
  webVitals['on' + name](
    (metric) => { window.vitals[name] = metric.value; },
    { reportAllChanges: true, durationThreshold: 16 },
  );`;

/** A machine on which pages are measured, as section "Performance" of the design describes it. */
export interface Device {
  name: 'phone' | 'desktop';
  viewport: { width: number; height: number };
  isTouched: boolean;
  /** How many times slower the CPU is. */
  cpuSlowdown: number;
  /** Null for no limit. */
  network: { bitsPerSecond: number; latencyMs: number } | null;
}

export const DEVICES: readonly Device[] = [
  {
    name: 'phone',
    viewport: PHONE,
    isTouched: true,
    cpuSlowdown: 4,
    network: { bitsPerSecond: 1_600_000, latencyMs: 150 },
  },
  { name: 'desktop', viewport: DESKTOP, isTouched: false, cpuSlowdown: 1, network: null },
];

/** A page, and what a reader does there so that interactions can be measured. */
export interface MeasuredPage {
  name: 'bare' | 'grid' | 'clip';
  path: string;
  act: (page: Page) => Promise<void>;
}

/** LCP and INP are in milliseconds. INP is 0 if every interaction took less than 16 ms. */
export interface Visit {
  lcpMs: number;
  inpMs: number;
  cls: number;
  cost: PageCost;
}

/** Time for the last frame and the reports of web-vitals. */
const SETTLE_MS = 500;

/** Opens a page once, with an empty cache. */
export async function visit(
  browser: Browser,
  origin: string,
  device: Device,
  { path, act }: MeasuredPage,
): Promise<Visit> {
  const { viewport, isTouched, cpuSlowdown, network } = device;
  const opened = await openPage(browser, origin, { viewport, isTouched });
  const { page, context } = opened;
  try {
    const session = await context.newCDPSession(page);
    await session.send('Emulation.setCPUThrottlingRate', { rate: cpuSlowdown });
    if (network !== null) {
      await session.send('Network.enable');
      await session.send('Network.emulateNetworkConditions', {
        offline: false,
        latency: network.latencyMs,
        downloadThroughput: network.bitsPerSecond / 8,
        uploadThroughput: network.bitsPerSecond / 8,
      });
    }
    await page.addInitScript(`${WEB_VITALS}\n${REPORT}`);
    const cost = await measurePage(opened, path);
    // The browser ends the search for the largest paint at the first interaction.
    const before = await readVitals(page);
    await act(page);
    await pause(SETTLE_MS);
    const after = await readVitals(page);
    return { lcpMs: before.LCP ?? NaN, inpMs: after.INP ?? 0, cls: after.CLS ?? 0, cost };
  } finally {
    await opened.close();
  }
}

interface Vitals {
  LCP: number | null;
  INP: number | null;
  CLS: number | null;
}

async function readVitals(page: Page): Promise<Vitals> {
  return await page.evaluate<Vitals>('window.vitals');
}
