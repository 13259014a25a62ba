import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const SOURCE = fileURLToPath(new URL('../../src/workflows/clip/workflow.ts', import.meta.url));

/** Where the source says after how many refreshes a clip's run ends. */
export const REFRESHES_PER_RUN = /\bconst REFRESHES_PER_RUN = (\d+);/;

/**
 * After how many refreshes a clip's run ends, so that the bare workflow's ends after as many.
 * @throws Error where the source doesn't say it as expected
 */
export function refreshesPerRun(): number {
  const found = REFRESHES_PER_RUN.exec(readFileSync(SOURCE, 'utf8'))?.[1];
  if (found === undefined) throw new Error(`${SOURCE} has no REFRESHES_PER_RUN any more`);
  return Number(found);
}
