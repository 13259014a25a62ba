import type { Child } from 'hono/jsx';
import { assetPath } from '../assets.ts';
import { WORDS } from '../words.ts';
import { lineOf } from './format.ts';
import { Icon } from './icon.tsx';

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
  /** The script of the page; null if the page has none. */
  script?: 'grid.js' | 'clip.js' | null;
  children?: Child;
}

/** The frame of all pages. */
export function Layout({
  name,
  title,
  head,
  text = '',
  kept = [],
  isWide,
  script = null,
  children,
}: LayoutProps) {
  const library = lineOf(name);
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{title === null ? library : `${title} · ${library}`}</title>
        <link rel="stylesheet" href={assetPath('library.css')} />
        <link rel="icon" type="image/svg+xml" href={assetPath('favicon.svg')} />
        {script === null ? null : <script type="module" src={assetPath(script)} />}
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
            <Icon name="shuffle" />
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
