// The script of pages with lists of clips. Without it, every page works too.
import { markScripted } from './page.ts';

markScripted();
