import { useContext } from 'hono/jsx';
import { WORDS } from '../../words.ts';
import { FRAME_WORDS } from '../../words/frame.ts';
import { Icon } from '../icon.tsx';
import { PreferenceForm } from './preference-form.tsx';
import { ReaderPreferences } from './reader-preferences.ts';

export interface HeaderProps {
  library: string;
  /** The text in the search field. */
  text: string;
  /** The search's other conditions, which the search field keeps. */
  kept: readonly { name: string; value: string }[];
  /** The path of the link to a random clip. */
  randomPath: string;
  /** The path of the list that the search field searches. */
  searchPath: string;
  /** What the search field searches. */
  searchLabel: string;
}

/** The header of every page. */
export function Header({ library, text, kept, randomPath, ...search }: HeaderProps) {
  return (
    <header class={text === '' ? 'top' : 'top has-text'}>
      <div class="bar-of-page">
        <a class="name" href="/" dir="auto">
          <span>{library}</span>
        </a>
        <search>
          <form id="search" action={search.searchPath} method="get">
            <label class="icon-button open-search" for="q">
              <Icon name="search" />
              <span class="hidden">{FRAME_WORDS.openSearch}</span>
            </label>
            <div class="field">
              <button class="icon-button" aria-label={WORDS.searchButton}>
                <Icon name="search" />
              </button>
              <input
                type="search"
                id="q"
                name="q"
                value={text}
                placeholder={search.searchLabel}
                aria-label={search.searchLabel}
                autocomplete="off"
                enterkeyhint="search"
                dir="auto"
              />
              {kept.map((filter) => (
                <input type="hidden" name={filter.name} value={filter.value} />
              ))}
              <kbd class="needs-script" aria-hidden="true">
                /
              </kbd>
            </div>
          </form>
        </search>
        <div class="tools">
          <a
            id="random"
            class="icon-button"
            href={randomPath}
            rel="nofollow"
            aria-label={FRAME_WORDS.random}
            title={FRAME_WORDS.random}
          >
            <Icon name="shuffle" />
          </a>
          <PreferenceForm>
            <ThemeButtons />
          </PreferenceForm>
          <button
            id="keys"
            type="button"
            class="icon-button keys needs-script"
            popovertarget="help"
            aria-label={FRAME_WORDS.keys}
            title={FRAME_WORDS.keys}
          >
            <Icon name="keyboard" />
          </button>
        </div>
      </div>
    </header>
  );
}

/** While the device decides, only a style sheet knows the theme. So there are two buttons, and one of them is hidden. */
function ThemeButtons() {
  const { theme } = useContext(ReaderPreferences);
  if (theme !== 'system')
    return <ThemeButton id="theme" to={theme === 'dark' ? 'light' : 'dark'} />;
  return (
    <>
      <ThemeButton id="theme" to="light" when="when-dark" />
      <ThemeButton to="dark" when="when-light" />
    </>
  );
}

function ThemeButton({ id, to, when = '' }: { id?: string; to: 'dark' | 'light'; when?: string }) {
  const label = to === 'dark' ? FRAME_WORDS.darkTheme : FRAME_WORDS.lightTheme;
  return (
    <button
      {...(id !== undefined && { id })}
      class={`icon-button ${when}`.trim()}
      name="theme"
      value={to}
      aria-label={label}
      title={label}
    >
      <Icon name="sun-moon" />
    </button>
  );
}
