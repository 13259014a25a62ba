import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive } from '../../../src/process-identity.ts';

/**
 * Returns the pid of the process that owns the PGlite database in a data folder, or null if no such process runs. The
 * highest number in `catalog-lock` names the owner.
 */
export function findCatalogPid(dataDir: string): number | null {
  try {
    const folder = join(dataDir, 'catalog-lock');
    const number = Math.max(...readdirSync(folder).map(Number).filter(Number.isInteger));
    const { identity } = JSON.parse(readFileSync(join(folder, String(number)), 'utf8')) as {
      identity: string;
    };
    return isAlive(identity) ? Number(identity.split('.')[0]) : null;
  } catch {
    return null;
  }
}
