import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

const WORKFLOWS = fileURLToPath(new URL('./workflows.ts', import.meta.url));
const INTERCEPTORS = fileURLToPath(new URL('./watch-asleep.ts', import.meta.url));

/**
 * Bundles workflows with the interceptors that log when a workflow falls asleep.
 *
 * @param workflowsPath the module to bundle; by default, our workflows and the bare workflow
 * @returns the path of the bundle, which is in `folder`
 */
export async function bundleWorkflows(folder: string, workflowsPath = WORKFLOWS): Promise<string> {
  const { code } = await bundleWorkflowCode({
    workflowsPath,
    preloadModules: [workflowsPath], // as in our own build
    workflowInterceptorModules: [INTERCEPTORS],
    logger: new DefaultLogger('WARN'),
  });
  const file = join(folder, 'workflows.js');
  writeFileSync(file, code);
  return file;
}
