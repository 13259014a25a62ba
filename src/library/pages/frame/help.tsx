import { useContext } from 'hono/jsx';
import { THEMES } from '../../http/preferences.ts';
import { FRAME_WORDS, THEME_NAMES } from '../../words/frame.ts';
import { KEY_TABLES } from '../../words/keys.ts';
import { Icon } from '../icon.tsx';
import { PreferenceForm } from './preference-form.tsx';
import { ReaderPreferences } from './reader-preferences.ts';

/** The dialog with the keys and the preferences. A script opens it. */
export function Help() {
  const preferences = useContext(ReaderPreferences);
  return (
    <dialog id="help" class="help" popover="auto" aria-labelledby="help-title">
      <header>
        <h2 id="help-title">{FRAME_WORDS.keys}</h2>
        <button type="button" class="icon-button" aria-label={FRAME_WORDS.close}>
          <Icon name="x" />
        </button>
      </header>
      <div class="tables">
        {KEY_TABLES.map(({ title, rows }) => (
          <table>
            <caption>{title}</caption>
            {rows.map(({ keys, does }) => (
              <tr>
                <th scope="row">
                  {keys.map((key) => (
                    <kbd>{key}</kbd>
                  ))}
                </th>
                <td>{does}</td>
              </tr>
            ))}
          </table>
        ))}
      </div>
      <PreferenceForm>
        <p class="choice">
          <button id="keys-switch" name="keys" value={preferences.keys ? 'off' : 'on'}>
            {preferences.keys ? FRAME_WORDS.keysOff : FRAME_WORDS.keysOn}
          </button>
        </p>
        <fieldset class="choice">
          <legend>{FRAME_WORDS.theme}</legend>
          {THEMES.map((theme) => (
            <button
              name="theme"
              value={theme}
              aria-pressed={theme === preferences.theme ? 'true' : 'false'}
            >
              {THEME_NAMES[theme]}
            </button>
          ))}
        </fieldset>
      </PreferenceForm>
    </dialog>
  );
}
