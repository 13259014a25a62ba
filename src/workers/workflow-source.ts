import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { WorkerOptions } from '@temporalio/worker';

export type WorkflowSource = Pick<
  WorkerOptions,
  'workflowBundle' | 'workflowsPath' | 'bundlerOptions'
>;

/** Returns the bundle from the build if it exists, because bundling at startup takes seconds. */
export function findWorkflows(workflowBundle: string | null): WorkflowSource {
  const built = pathOf('../workflow-bundle.js');
  const codePath = workflowBundle ?? (existsSync(built) ? built : null);
  return codePath === null ? bundleAtStart() : { workflowBundle: { codePath } };
}

/** Makes the worker bundle the workflows as `npm run build` does. */
function bundleAtStart(): WorkflowSource {
  const workflowsPath = pathOf('../workflows/index.ts');
  return {
    workflowsPath,
    bundlerOptions: {
      preloadModules: [workflowsPath],
      webpackConfigHook(config) {
        // Don't use the SDK's option for payload converters, because the worker would then load the converter for its
        // activities too.
        const alias = {
          __temporal_custom_payload_converter$: pathOf('../workflows/payload-converter.ts'),
        };
        return {
          ...config,
          resolve: {
            ...config.resolve,
            alias: { ...(config.resolve?.alias as Record<string, string> | undefined), ...alias },
          },
        };
      },
    },
  };
}

function pathOf(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url));
}
