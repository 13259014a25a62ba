// The script of pages with lists of clips. Without it, every page works too.
import { findArrowAction } from './grid/arrows.ts';
import { startFilterMenu } from './grid/filter-menu.ts';
import { startListLinks } from './grid/links.ts';
import { startMore } from './grid/more.ts';
import { startNewClips } from './grid/new-clips.ts';
import { startOpenedCard } from './grid/opened-card.ts';
import { ResultList } from './grid/result-list.ts';
import { startReturn } from './grid/return.ts';
import { startSpoilers } from './grid/spoilers.ts';
import { startStoryboards } from './grid/storyboard.ts';
import { listenToKeys } from './page/keys.ts';
import { findPageAction } from './page/page-keys.ts';
import { startPage } from './page/start-page.ts';
import { startLiveSearch } from './search/live-search.ts';
import { startSuggestions } from './search/suggestions.ts';

startPage();
const list = new ResultList();
startSuggestions(startLiveSearch(list));
startListLinks(list);
startFilterMenu(list);
startMore(list);
startReturn(list);
startOpenedCard(list);
startSpoilers();
startStoryboards();
startNewClips(list);
listenToKeys((event) => findArrowAction(event) ?? findPageAction(event));
