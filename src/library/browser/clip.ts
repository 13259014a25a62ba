// The script of a clip's page. Without it, the page works too.
import { startPage } from './page/start-page.ts';
import { startPlayer } from './player/start-player.ts';

startPage();
startPlayer();
