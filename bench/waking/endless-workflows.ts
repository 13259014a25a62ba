import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { REFRESHES_PER_RUN, refreshesPerRun } from '../pipeline/refreshes-per-run.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/**
 * A copy of the workflows in which a clip's run doesn't end, so that runs longer than ours can be
 * measured too; returns what to bundle.
 */
export function endlessWorkflows(folder: string): string {
  refreshesPerRun();
  cpSync(join(ROOT, 'src'), join(folder, 'src'), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  const file = join(folder, 'src/workflows/clip/workflow.ts');
  const endless = 'const REFRESHES_PER_RUN = Infinity;';
  writeFileSync(file, readFileSync(file, 'utf8').replace(REFRESHES_PER_RUN, endless));
  return join(folder, 'src/workflows/index.ts');
}
