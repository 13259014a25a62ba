import type { Page } from 'playwright-core';
import type { ClipRecord } from '../../../src/clip/record.ts';
import { aClip, clipIdAt } from '../a-library.ts';
import { UNREACHABLE_CLIP } from '../browser/clips.ts';
import type { ServedLibrary } from '../browser/serve-library.ts';

/** A picture of a page. */
export interface Shot {
  /** The file name without its ending. */
  name: string;
  url: string;
  /** In CSS pixels. */
  width: number;
  theme: 'dark' | 'light';
  /** Brings the library into the state of the picture, before the page is opened. */
  prepare?: () => void;
  /** Brings the page into the state of the picture. */
  act?: (page: Page) => Promise<void>;
}

/** The time that a browser takes to decide that it can't play a file. */
const FAULT_TIMEOUT_MS = 15_000;
/** Longer than the 30 s after which a page asks for new clips. */
const NEW_CLIPS_TIMEOUT_MS = 60_000;

/** Returns the pictures of the demo. */
export function demoShots(origin: string, records: readonly ClipRecord[]): Shot[] {
  const find = (filename: string): ClipRecord => {
    const found = records.find(({ Filename }) => Filename === filename);
    if (found === undefined) throw new Error(`the demo has no clip ${filename}`);
    return found;
  };
  const clip = (filename: string) => `${origin}/c/${find(filename).Id}`;
  return [
    { name: 'grid-1440-dark', url: origin, width: 1440, theme: 'dark' },
    { name: 'grid-1440-light', url: origin, width: 1440, theme: 'light' },
    { name: 'grid-768-dark', url: origin, width: 768, theme: 'dark' },
    { name: 'grid-360-dark', url: origin, width: 360, theme: 'dark' },
    { name: 'clip-1440-dark', url: clip('sunset_flight'), width: 1440, theme: 'dark' },
    { name: 'clip-768-dark', url: clip('last_lap'), width: 768, theme: 'dark' },
    { name: 'clip-360-light', url: clip('last_lap'), width: 360, theme: 'light' },
    {
      name: 'poster-1440-dark',
      url: `${origin}/posters/${find('last_lap').Poster_Id}`,
      width: 1440,
      theme: 'dark',
    },
    {
      name: 'channel-768-light',
      url: `${origin}/channels/${find('last_lap').channelId}`,
      width: 768,
      theme: 'light',
    },
    {
      name: 'game-1440-light',
      url: `${origin}/games/${encodeURIComponent('Breach Point')}`,
      width: 1440,
      theme: 'light',
    },
    {
      name: 'sort-360-dark',
      url: origin,
      width: 360,
      theme: 'dark',
      act: async (page) => await page.locator('#sort summary').click(),
    },
    {
      name: 'suggestions-1440-dark',
      url: origin,
      width: 1440,
      theme: 'dark',
      act: async (page) => {
        await page.locator('#q').pressSequentially('ju');
        await page.locator('[role=option]').first().waitFor();
      },
    },
    {
      name: 'theatre-1920-dark',
      url: clip('sunset_flight'),
      width: 1920,
      theme: 'dark',
      act: async (page) => await page.locator('#theatre').click(),
    },
    {
      name: 'more-actions-1440-light',
      url: clip('sunset_flight'),
      width: 1440,
      theme: 'light',
      act: async (page) => await page.locator('#more-actions summary').click(),
    },
    {
      name: 'embed-code-1440-dark',
      url: clip('sunset_flight'),
      width: 1440,
      theme: 'dark',
      act: async (page) => {
        // Without https, a browser has no clipboard. The page then shows the code in a dialog.
        await page.evaluate(
          "Object.defineProperty(navigator, 'clipboard', { value: undefined }); undefined",
        );
        await page.locator('#more-actions summary').click();
        await page.locator('#embed-code').click();
        await page.locator('#copy-dialog').waitFor();
      },
    },
    {
      name: 'embed-640-dark',
      url: `${origin}/embed/${find('sunset_flight').Id}`,
      width: 640,
      theme: 'dark',
    },
    { name: 'no-match-1440-dark', url: `${origin}/?q=marathn`, width: 1440, theme: 'dark' },
    { name: 'spoiler-1440-dark', url: clip('SPOILER_final_boss'), width: 1440, theme: 'dark' },
    {
      name: 'cannot-play-1440-dark',
      url: clip('old_recording'),
      width: 1440,
      theme: 'dark',
      async act(page) {
        await page.evaluate("void document.getElementById('video').play().catch(() => {})");
        await page.locator('#fault').waitFor({ state: 'visible', timeout: FAULT_TIMEOUT_MS });
      },
    },
    {
      name: 'filter-menu-1440-dark',
      url: origin,
      width: 1440,
      theme: 'dark',
      act: async (page) => {
        await page.locator('#filter').click();
        await page.locator('#facets').waitFor({ state: 'visible' });
      },
    },
    {
      name: 'help-1440-dark',
      url: origin,
      width: 1440,
      theme: 'dark',
      act: async (page) => {
        await page.locator('#keys').click();
        await page.locator('#help').waitFor({ state: 'visible' });
      },
    },
  ];
}

/** Returns the pictures of states that the demo does not have. `library` has sample clips and the fake catalog. */
export function stateShots(library: ServedLibrary): Shot[] {
  const { origin, catalog, clips } = library;
  const total = 100_000;
  const done = 12_400;
  const idOf = (number: number) => clips[number - 1]?.id ?? '';
  const [, second] = clips;
  return [
    {
      name: 'new-clips-1440-dark',
      url: origin,
      width: 1440,
      theme: 'dark',
      act: async (page) => {
        catalog.clips = [3, 2, 1].map((at) => aClip({ id: clipIdAt(1000 + at) })).concat(clips);
        await page.locator('.pill').waitFor({ state: 'visible', timeout: NEW_CLIPS_TIMEOUT_MS });
        catalog.clips = clips;
      },
    },
    {
      name: 'adult-1440-dark',
      url: `${origin}/c/${idOf(2)}`,
      width: 1440,
      theme: 'dark',
      prepare: () => {
        if (second) second.isNsfw = true;
      },
    },
    {
      name: 'unreachable-1440-dark',
      url: `${origin}/c/${idOf(UNREACHABLE_CLIP)}`,
      width: 1440,
      theme: 'dark',
    },
    {
      name: 'deleted-1440-dark',
      url: `${origin}/c/${idOf(1)}`,
      width: 1440,
      theme: 'dark',
      prepare: () => deleteFirst(clips),
    },
    {
      name: 'not-found-360-light',
      url: `${origin}/c/1-1`,
      width: 360,
      theme: 'light',
    },
    {
      name: 'error-1440-dark',
      url: `${origin}/?q=any`,
      width: 1440,
      theme: 'dark',
      prepare: () => {
        catalog.fault = new Error('the database does not answer');
      },
    },
    {
      name: 'rebuilding-1440-dark',
      // The parameter is unknown, so the page is not one that the library remembers.
      url: `${origin}/?sort=oldest`,
      width: 1440,
      theme: 'dark',
      prepare: () => {
        catalog.fault = null;
        catalog.state = { clips: done, reconcile: { done, total }, isIncomplete: true };
      },
    },
    {
      name: 'first-run-1440-dark',
      url: `${origin}/?sort=longest`,
      width: 1440,
      theme: 'dark',
      prepare: () => {
        catalog.clips = [];
        catalog.state = { clips: 0, reconcile: null, isIncomplete: false };
      },
    },
  ];
}

/** Returns the picture of a clip that was deleted in Discord and still plays. `library` has SHOW_DELETED=yes. */
export function keptShots({ origin, clips }: ServedLibrary): Shot[] {
  return [
    {
      name: 'deleted-shown-1440-dark',
      url: `${origin}/c/${clips[0]?.id ?? ''}`,
      width: 1440,
      theme: 'dark',
      prepare: () => deleteFirst(clips),
    },
  ];
}

function deleteFirst([first]: ServedLibrary['clips']): void {
  if (first) Object.assign(first, { status: 'deleted', deletedAtMs: Date.now() });
}
