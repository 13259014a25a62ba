// ensure-build.mjs runs this file in a process of its own, so that webpack's memory is freed afterwards.
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { transform } from 'esbuild';
import { ROOT } from '../support/paths.mjs';

const [target] = process.argv.slice(2);
if (target === undefined) throw new Error('usage: bundle-workflows.mjs TARGET');

const workflowsPath = join(ROOT, 'src/workflows/index.ts');
const { code: bundle } = await bundleWorkflowCode({
  workflowsPath,
  payloadConverterPath: join(ROOT, 'src/workflows/payload-converter.ts'),
  // All workflows of a worker share these modules. Otherwise each workflow evaluates a copy of its own, which costs CPU time
  // and memory. The modules must keep no state, which test/layout.test.ts checks.
  preloadModules: [workflowsPath],
  logger: new DefaultLogger('WARN'),
});
// Every worker parses the bundle more than once. Without comments, indentation and the sources in its source map, the
// bundle has a third of the size. Names stay, so call stacks are the same.
const { code } = await transform(bundle, {
  target: 'node20',
  minifyWhitespace: true,
  sourcemap: 'inline',
  sourcesContent: false,
});
// The file gets its final name only when it is complete, so a killed process leaves no truncated bundle.
await writeFile(`${target}.tmp`, code);
await rename(`${target}.tmp`, target);
