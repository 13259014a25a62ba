// The script of a clip's page. Without it, the page works too.
import { startMenus } from './menus/menus.ts';
import { startPage } from './page/start-page.ts';
import { startPlayer } from './player/start-player.ts';
import { startLiveSearch } from './search/live-search.ts';
import { startSuggestions } from './search/suggestions.ts';

startPage();
// The list is on another page.
startSuggestions(startLiveSearch(null));
startMenus();
startPlayer();
