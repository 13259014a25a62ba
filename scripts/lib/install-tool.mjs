import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { download } from './download.mjs';
import { findOnPath } from './find-on-path.mjs';
import { headAndTail, say, secondsSince, step } from './report.mjs';
import { run } from './run.mjs';
import { SetUpError } from './set-up-error.mjs';

/** @typedef {import('./tools.mjs').Tool} Tool */

const PARTIAL = '.partial-';
const HOUR_MS = 3_600_000;

/**
 * Installs a tool as `target`: downloaded, or else built with Go. The work is done in a directory beside it
 * and the whole binary renamed into place, so that whatever stands at `target` is complete.
 *
 * @param {Tool} tool
 * @param {string} target
 * @param {NodeJS.ProcessEnv} env
 */
export async function installTool(tool, target, env) {
  const bin = dirname(dirname(target));
  await mkdir(bin, { recursive: true });
  await removeLeftovers(bin);
  const workDir = await mkdtemp(join(bin, PARTIAL));
  try {
    const failure = await tryDownload(tool, workDir);
    if (failure) await goInstall(tool, workDir, failure, env);
    await mkdir(dirname(target), { recursive: true });
    await rename(join(workDir, tool.name), target);
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
}

/** Returns why it failed, if it did. */
async function tryDownload(tool, workDir) {
  const startMs = Date.now();
  try {
    const archive = join(workDir, 'archive.tar.gz');
    await download(tool.archive, archive);
    const untar = await run('tar', ['-xzf', archive, '-C', workDir]);
    if (!untar.ok) throw new Error('the archive is damaged');
    const { ok } = await run(join(workDir, tool.name), tool.probe);
    if (!ok) throw new Error("it doesn't run here");
    say(`downloaded ${tool.title} ${tool.version} in ${secondsSince(startMs)}`);
    return undefined;
  } catch (error) {
    return error.cause?.code ?? error.message;
  }
}

async function goInstall(tool, workDir, downloadFailure, env) {
  const nameAndVersion = `${tool.title} ${tool.version}`;
  const whatToDo = `install Go 1.25 or newer (https://go.dev/dl), or set ${tool.variable} to a ${tool.name} executable, then run this again`;
  if (!(await findOnPath('go', env))) {
    throw new SetUpError(
      `${nameAndVersion} can't be downloaded (${downloadFailure}) and there is no Go to build it with: ${whatToDo}.`,
    );
  }
  const words = {
    doing: `no download (${downloadFailure}): building ${nameAndVersion} with go install (${tool.buildTime}, once)`,
    done: `built ${nameAndVersion}`,
  };
  await step(words, async () => {
    const args = ['install', '-ldflags', '-s -w', tool.goPackage];
    const { ok, output } = await run('go', args, { cwd: workDir, env: { ...env, GOBIN: workDir } });
    if (ok && (await run(join(workDir, tool.name), tool.probe)).ok) return;
    throw new SetUpError(
      `${nameAndVersion} could not be built with Go: ${whatToDo}.`,
      headAndTail(output),
    );
  });
}

/** What killed set-ups left behind: hundreds of megabytes each. A running one is younger than an hour. */
async function removeLeftovers(bin) {
  for (const name of await readdir(bin)) {
    if (!name.startsWith(PARTIAL)) continue;
    const path = join(bin, name);
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Infinity }));
    if (Date.now() - mtimeMs > HOUR_MS) await rm(path, { recursive: true, force: true });
  }
}
