import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../support/paths.mjs';
import { say } from '../support/report.mjs';
import { PROJECT } from './docker.mjs';
import { until } from './until.mjs';

/** @typedef {import('./docker.mjs').Docker} Docker */
/** @typedef {import('./stack.mjs').Stack} Stack */
/** @typedef {import('./archive.mjs').Archive} Archive */

const VOLUMES = ['temporal', 'bucket', 'storage', 'catalog'];

/**
 * Backs up the stack with the commands of docs/operations.md, loses what they saved, and restores it with the commands of
 * the page. Asserts that every clip runs again and has its record.
 *
 * @param {Docker} docker
 * @param {Stack} stack
 * @param {Archive} archive
 */
export async function checkBackup(docker, stack, archive) {
  const folder = await mkdtemp(join(tmpdir(), 'everclip-backup-'));
  const { isProduction } = stack;
  try {
    const running = await listRunning(archive);
    const before = await archive.readRecords();
    assert.ok(running.length > 0 && before.length > 0);
    await docker.shell(await commandWith(isProduction ? 'pg_dump' : ' -czf '), folder);
    await stack.untilHealthy();
    await archive.terminateClips();
    await until('no earlier clip runs', async () => {
      const now = await listRunning(archive);
      return running.every((id) => !now.includes(id));
    });
    if (!isProduction) {
      await refuseBrokenArchive(docker);
      await loseVolumes(docker);
    }
    await docker.shell(await commandWith(isProduction ? 'pg_restore' : ' -xzf '), folder);
    await stack.untilHealthy();
    const records = await until('every clip runs again after the restore', async () => {
      const [now, found] = await Promise.all([listRunning(archive), archive.readRecords()]);
      const deleted = found.filter(({ Status }) => Status === 'deleted');
      const known = [...now, ...deleted.map(({ Id }) => `clip-${Id}`)];
      return running.every((id) => known.includes(id)) ? found : null;
    });
    const recorded = records.map(({ Id }) => Id);
    for (const { Id } of before) assert.ok(recorded.includes(Id), `${Id} has no record`);
    say(`all ${running.length} clips run again after a backup was restored`);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** @param {Archive} archive */
async function listRunning(archive) {
  const clips = await archive.listClips();
  return clips.filter(({ status }) => status.endsWith('RUNNING')).map(({ id }) => id);
}

/**
 * Asserts that the commands leave a volume as it is if its archive can't be read.
 *
 * @param {Docker} docker
 */
async function refuseBrokenArchive({ docker, shell }) {
  const folder = await mkdtemp(join(tmpdir(), 'everclip-broken-'));
  try {
    await writeFile(join(folder, 'temporal.tar.gz'), 'broken');
    const commands = await commandWith(' -xzf ');
    await assert.rejects(shell(commands, folder), /a command of this script failed/);
    const mount = ['-v', `${PROJECT}_temporal:/kept:ro`];
    const find = ['everclip:test', 'find', '/kept', '-type', 'f'];
    assert.notEqual(await docker('run', '--rm', '--user', 'root', ...mount, ...find), '');
  } finally {
    await rm(folder, { recursive: true });
  }
}

/**
 * Leaves the stack as on a new machine, apart from the demo. The demo takes the place of Discord, so its messages stay.
 *
 * @param {Docker} docker
 */
async function loseVolumes({ docker, compose }) {
  await compose('down');
  await docker('volume', 'rm', ...VOLUMES.map((volume) => `${PROJECT}_${volume}`));
  await compose('create', '--no-build');
}

/**
 * Returns the commands of the block on the page that contains `word`, with the volumes and the image of the test.
 *
 * @param {string} word
 */
async function commandWith(word) {
  const page = await readFile(join(ROOT, 'docs/operations.md'), 'utf8');
  const blocks = [...page.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, block = '']) => block);
  const [block, ...others] = blocks.filter((each) => each.includes(word));
  assert.ok(block !== undefined && others.length === 0, `one block has ${word}`);
  return block.replaceAll('everclip_', `${PROJECT}_`).replaceAll('everclip:local', 'everclip:test');
}
