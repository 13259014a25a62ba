import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { FAKE_GCS_SERVER, TEMPORAL_CLI } from '../../scripts/setup/tools.mjs';
import { ROOT } from '../../scripts/support/paths.mjs';
import { MIN_NODE } from '../../scripts/support/run-script.mjs';

const read = (path: string): Promise<string> => readFile(join(ROOT, path), 'utf8');

/** Returns the tag of an image in docker-compose.yml. */
async function readImageTag(image: string): Promise<string | undefined> {
  const compose = await read('docker-compose.yml');
  return new RegExp(`^ +image: ${image}:(\\S+)$`, 'm').exec(compose)?.[1];
}

test('docker compose and the tests run the same version of fake-gcs-server', async () => {
  assert.equal(await readImageTag('fsouza/fake-gcs-server'), FAKE_GCS_SERVER.version);
});

test('docker compose and npm start run the same version of the Temporal dev server', async () => {
  assert.equal(await readImageTag('temporalio/temporal'), TEMPORAL_CLI.version);
});

test('package.json, README and CONTRIBUTING name the oldest Node that the scripts accept', async () => {
  const { engines } = JSON.parse(await read('package.json')) as { engines: { node: string } };
  assert.equal(engines.node, `>=${MIN_NODE}`);
  for (const page of ['README.md', 'CONTRIBUTING.md']) {
    const versions = (await read(page)).match(/(?<=\bNode )\d+\.\d+/g) ?? [];
    assert.ok(versions.length > 0, `${page} does not name a version of Node`);
    assert.deepEqual(new Set(versions), new Set([MIN_NODE]), page);
  }
});
