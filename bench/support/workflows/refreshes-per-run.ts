import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const SOURCE = fileURLToPath(new URL('../../../src/workflows/clip/workflow.ts', import.meta.url));

/** Matches the constant in the source of the clip's workflow. */
export const REFRESHES_PER_RUN = /\bconst REFRESHES_PER_RUN = (\d+);/;

/**
 * Returns the number of refreshes after which a clip's run ends. Reads the source, because the constant is not
 * exported.
 *
 * @throws Error if the source does not define the constant
 */
export function readRefreshesPerRun(): number {
  const refreshes = REFRESHES_PER_RUN.exec(readFileSync(SOURCE, 'utf8'))?.[1];
  if (refreshes === undefined) throw new Error(`${SOURCE} does not define REFRESHES_PER_RUN`);
  return Number(refreshes);
}
