import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive, ownIdentity } from '../process-identity.ts';

/**
 * Takes the data folder for this process: two programs on one would stop each other's server.
 * @throws Error with one sentence where another one runs on it
 */
export function claimDataDir(dataDir: string): void {
  mkdirSync(dataDir, { recursive: true });
  const file = join(dataDir, 'running');
  const owner = ownerIn(file);
  if (owner !== null && owner !== ownIdentity && isAlive(owner)) {
    throw new Error(
      `Everclip is already running on ${dataDir} (process ${owner.split('.')[0]}): stop it, or set DATA_DIR to another folder`,
    );
  }
  writeFileSync(file, ownIdentity);
}

function ownerIn(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
