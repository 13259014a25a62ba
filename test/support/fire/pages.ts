/** What the list of clips says when clips may be missing, or when there is no list. */
const NOTICE = /is being rebuilt|is incomplete|list of clips is not available/;
const MAX_PAGES = 100;

/** What a reader sees who reads the list of clips to its end. */
export interface SeenList {
  /** The ids of the cards, in the order of the pages. */
  ids: string[];
  /** True if a page says that clips are missing, or that there is no list. */
  hasNotice: boolean;
  /** The status of the last page; 0 if there was no answer. */
  status: number;
}

/** Reads one page of the library. */
export async function readPage(
  url: string,
): Promise<{ status: number; html: string; hasNotice: boolean }> {
  const response = await fetch(url).catch(() => null);
  const html = (await response?.text().catch(() => null)) ?? '';
  return { status: response?.status ?? 0, html, hasNotice: NOTICE.test(html) };
}

/** Reads the library's list of clips from the first page to the last. */
export async function readList(libraryUrl: string): Promise<SeenList> {
  const seen: SeenList = { ids: [], hasNotice: false, status: 200 };
  let path: string | null = '/';
  for (let page = 0; path !== null && page < MAX_PAGES; page += 1) {
    const { status, html, hasNotice } = await readPage(libraryUrl + path);
    seen.status = status;
    seen.hasNotice ||= hasNotice;
    if (seen.status !== 200) return seen;
    for (const card of html.split('<article').slice(1)) {
      seen.ids.push(/href="\/c\/(\d+-\d+)"/.exec(card)?.[1] ?? 'a card without an id');
    }
    const next: string | null = /<a [^>]*href="([^"]*)"[^>]*rel="next/.exec(html)?.[1] ?? null;
    path = next?.replaceAll('&amp;', '&') ?? null;
  }
  return seen;
}
