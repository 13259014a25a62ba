import type { Child } from 'hono/jsx';
import { ICON, STYLE } from '../assets.ts';
import { WORDS } from '../words.ts';
import { lineOf } from './format.ts';

export interface LayoutProps {
  /** The library's name. */
  name: string;
  /** The page's own title; null for the first page. */
  title: string | null;
  /** More tags for the head of the page. */
  head?: Child;
  /** The text in the search field. */
  text?: string;
  /** The search's other conditions, which the search field keeps. */
  kept?: readonly { name: string; value: string }[];
  isWide?: boolean;
  children?: Child;
}

/** The frame of all pages. */
export function Layout({ name, title, head, text = '', kept = [], isWide, children }: LayoutProps) {
  const library = lineOf(name);
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{title === null ? library : `${title} · ${library}`}</title>
        <link rel="stylesheet" href={STYLE.path} />
        <link rel="icon" type={ICON.contentType} href={ICON.path} />
        {head}
      </head>
      <body>
        <a class="skip" href="#main">
          {WORDS.skip}
        </a>
        <header class="top">
          <a class="name" href="/" dir="auto">
            {library}
          </a>
          <search>
            <form class="search" action="/" method="get">
              <input
                type="search"
                name="q"
                value={text}
                placeholder={WORDS.search}
                aria-label={WORDS.search}
                dir="auto"
              />
              {kept.map((filter) => (
                <input type="hidden" name={filter.name} value={filter.value} />
              ))}
              <button type="submit">{WORDS.searchButton}</button>
            </form>
          </search>
          <a class="button" href="/random" rel="nofollow">
            {WORDS.random}
          </a>
        </header>
        <main id="main" class={isWide ? 'wide' : ''}>
          {children}
        </main>
      </body>
    </html>
  );
}
