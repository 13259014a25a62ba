import type { HtmlEscapedString } from 'hono/utils/html';

/** A page or a part of a page that is not text yet. */
export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

/** Returns the text of a page. */
export async function toDocument(page: Html): Promise<string> {
  return `<!doctype html>${(await page).toString()}`;
}
