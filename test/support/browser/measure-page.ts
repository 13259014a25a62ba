import { until } from '../wait.ts';
import type { OpenedPage } from './open-page.ts';

/** What a page costs. Bytes are transferred bytes with headers, as the network sees them. */
export interface PageCost {
  requests: number;
  htmlBytes: number;
  styleBytes: number;
  scriptBytes: number;
  fontBytes: number;
  iconBytes: number;
  /** All of the above, and other data that is neither a picture nor a video. */
  bytesWithoutPictures: number;
  nodes: number;
  /** The sum of all layout shifts since the page began, without those that follow an input. */
  layoutShift: number;
}

export interface MeasuredPage extends PageCost {
  /** What the layout shifts moved, for people to read. */
  movedElements: string[];
}

interface Seen {
  url: string;
  type: string;
  bytes: number;
}

/** A page asks for nothing more if it has asked for nothing for this long. */
const QUIET_MS = 500;

const WATCH_SHIFTS = `window.shifted = 0;
window.movedElements = [];
new PerformanceObserver((list) => {
  for (const { hadRecentInput, value, sources } of list.getEntries()) {
    if (hadRecentInput) continue;
    window.shifted += value;
    for (const { node, previousRect: from, currentRect: to } of sources) {
      const name = node?.id || node?.className || node?.nodeName;
      window.movedElements.push(name + ' from ' + from.y + ' (' + from.height + ' high) to ' + to.y + ' (' + to.height + ')');
    }
  }
}).observe({ type: 'layout-shift', buffered: true });`;

/** Goes to a path with an empty cache and measures the page once nothing has been requested for half a second. */
export async function measurePage(opened: OpenedPage, path: string): Promise<MeasuredPage> {
  const { page, context } = opened;
  await page.addInitScript(WATCH_SHIFTS);
  const session = await context.newCDPSession(page);
  await session.send('Network.enable');
  const seen = new Map<string, Seen>();
  /** The address of each request that has not ended. */
  const running = new Map<string, string>();
  let quietSinceMs = performance.now();
  const end = (requestId: string) => {
    running.delete(requestId);
    quietSinceMs = performance.now();
  };
  session.on('Network.requestWillBeSent', ({ requestId, request }) => {
    running.set(requestId, request.url);
  });
  session.on('Network.responseReceived', ({ requestId, response, type }) => {
    seen.set(requestId, { url: response.url, type, bytes: 0 });
  });
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const response = seen.get(requestId);
    if (response) response.bytes = encodedDataLength;
    end(requestId);
  });
  session.on('Network.loadingFailed', ({ requestId }) => end(requestId));
  await opened.go(path);
  // On a busy machine, Playwright's "networkidle" sometimes never came, although all requests had ended.
  quietSinceMs = performance.now();
  const isQuiet = () => running.size === 0 && performance.now() - quietSinceMs >= QUIET_MS;
  await until('a page that is loaded', isQuiet).catch((error: unknown) => {
    const urls = [...running.values()].join(', ');
    const fault =
      urls === '' ? 'the page never stops asking for more' : `these requests never end: ${urls}`;
    throw new Error(fault, { cause: error });
  });
  const responses = [...seen.values()].filter(({ url }) => !url.startsWith('data:'));
  const bytesOf = (matches: (response: Seen) => boolean) =>
    responses.filter(matches).reduce((sum, { bytes }) => sum + bytes, 0);
  const isIcon = ({ url }: Seen) => /\/assets\/[^/]*\.svg$/.test(new URL(url).pathname);
  return {
    requests: responses.length,
    htmlBytes: bytesOf(({ type }) => type === 'Document'),
    styleBytes: bytesOf(({ type }) => type === 'Stylesheet'),
    scriptBytes: bytesOf(({ type }) => type === 'Script'),
    fontBytes: bytesOf(({ type }) => type === 'Font'),
    iconBytes: bytesOf(isIcon),
    bytesWithoutPictures: bytesOf(
      (response) => isIcon(response) || !['Image', 'Media'].includes(response.type),
    ),
    nodes: await page.evaluate<number>("document.querySelectorAll('*').length"),
    layoutShift: await page.evaluate<number>('window.shifted'),
    movedElements: await page.evaluate<string[]>('window.movedElements'),
  };
}
