// Run by ensure-build.mjs as a process of its own: webpack's memory goes with it.
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { ROOT } from './paths.mjs';

const target = process.argv[2];
const { code } = await bundleWorkflowCode({
  workflowsPath: join(ROOT, 'src/workflows/index.ts'),
  logger: new DefaultLogger('WARN'),
});
await writeFile(`${target}.tmp`, code);
await rename(`${target}.tmp`, target);
