import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MIN_NODE } from '../../scripts/support/run-script.mjs';
import {
  findNpmCommands,
  listRepositoryFiles,
  readNpmScripts,
  readRepositoryFile,
} from './repository.ts';

test('every npm command in the GitHub workflows and templates exists', async () => {
  const scripts = await readNpmScripts();
  const paths = (await listRepositoryFiles()).filter((path) => path.startsWith('.github/'));
  for (const path of paths) {
    for (const name of findNpmCommands(await readRepositoryFile(path))) {
      assert.ok(scripts.has(name), `${path} names npm run ${name}`);
    }
  }
});

test('CI runs npm test on the oldest Node that the scripts accept, and on Node 22 and Node 24', async () => {
  const workflow = await readRepositoryFile('.github/workflows/ci.yml');
  const [, versions = ''] = /^ +node: \[(.+)\]$/m.exec(workflow) ?? [];
  const [oldest = ''] = MIN_NODE.split('.');
  assert.deepEqual(versions.split(', '), [oldest, '22', '24']);
  assert.match(workflow, /- run: npm test$/m);
});

test('CI runs the compose test in a separate job', async () => {
  const workflow = await readRepositoryFile('.github/workflows/ci.yml');
  const jobs = workflow.split(/^ {2}(?=\w+:$)/m);
  const composeJob = jobs.find((job) => job.includes('- run: npm run test:compose')) ?? '';
  assert.match(composeJob, /^compose:$/m);
  assert.doesNotMatch(composeJob, /- run: npm test$/m);
});
