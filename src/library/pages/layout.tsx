import { useContext, type Child } from 'hono/jsx';
import { assetPath } from '../assets.ts';
import { WORDS } from '../words.ts';
import { lineOf } from './format.ts';
import { Header } from './frame/header.tsx';
import { Help } from './frame/help.tsx';
import { ReaderPreferences } from './frame/reader-preferences.ts';

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
  /** The path of the link to a random clip. */
  randomPath?: string;
  /** The path of the list that the search field searches; the list of all clips if absent. */
  searchPath?: string;
  searchLabel?: string;
  /** The script of the page. */
  script?: 'grid.js' | 'clip.js';
  children?: Child;
}

/** The frame of all pages. Every page has the help and a switch of the theme, so every page has a script. */
export function Layout({
  name,
  title,
  head,
  text = '',
  kept = [],
  randomPath = '/random',
  searchPath = '/',
  searchLabel = WORDS.search,
  script = 'grid.js',
  children,
}: LayoutProps) {
  const library = lineOf(name);
  const { theme, keys, theatre } = useContext(ReaderPreferences);
  return (
    <html
      lang="en"
      data-theme={theme}
      data-keys={keys ? 'on' : 'off'}
      {...(theatre && { 'data-theatre': 'on' })}
    >
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{title === null ? library : `${title} · ${library}`}</title>
        <link rel="stylesheet" href={assetPath('library.css')} />
        <link rel="icon" type="image/svg+xml" href={assetPath('favicon.svg')} />
        <script type="module" src={assetPath(script)} />
        {head}
      </head>
      <body>
        <a class="skip" href="#main">
          {WORDS.skip}
        </a>
        <Header {...{ library, text, kept, randomPath, searchPath, searchLabel }} />
        <main id="main" tabindex={-1}>
          {children}
        </main>
        <div id="status" class="hidden" role="status" />
        <div id="toast" popover="manual" aria-hidden="true" />
        <Help />
      </body>
    </html>
  );
}
