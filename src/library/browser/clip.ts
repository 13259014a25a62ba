// The script of a clip's page. Without it, the page works too.
import { markScripted } from './page.ts';

markScripted();
