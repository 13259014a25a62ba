import { join } from 'node:path';
import { cacheDir } from '../support/paths.mjs';

/** The folder for translated files, which all clones share. */
export const CACHE = join(cacheDir(), 'typescript');
