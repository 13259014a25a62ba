import { createContext } from 'hono/jsx';
import { DEFAULT_PREFERENCES, type Preferences } from '../../http/preferences.ts';

/** What every page knows of its reader. Read it by `useContext(ReaderPreferences)`. */
export const ReaderPreferences = createContext<Preferences>(DEFAULT_PREFERENCES);
