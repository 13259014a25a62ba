import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

const pathOf = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

/**
 * Bundles our workflows, the bare one and what watches both; returns the file.
 * `workflowsPath` is for other workflows than those of src/.
 */
export async function bundleWorkflows(
  folder: string,
  workflowsPath = pathOf('workflows.ts'),
): Promise<string> {
  const { code } = await bundleWorkflowCode({
    workflowsPath,
    workflowInterceptorModules: [pathOf('watch-asleep.ts')],
    logger: new DefaultLogger('WARN'),
  });
  const file = join(folder, 'workflows.js');
  writeFileSync(file, code);
  return file;
}
