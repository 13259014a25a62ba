import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { PRIVATE_FILE, PRIVATE_FOLDER } from '../support/modes.mjs';
import { findOnPath, run } from '../support/programs.mjs';
import { headAndTail, say, ScriptError, secondsSince, step } from '../support/report.mjs';

/** @typedef {import('./tools.mjs').Tool} Tool */

const PARTIAL_PREFIX = '.partial-';
/** A work folder older than this belongs to a killed set-up, because no installation takes so long. */
const MAX_INSTALL_MS = 3_600_000;
const RESPONSE_TIMEOUT_MS = 5_000;
const STALL_TIMEOUT_MS = 20_000;

/**
 * Downloads a tool, or builds it with Go if the download fails. An archive is unpacked only if its SHA-256 is right; a
 * tool without a confirmed SHA-256 is not downloaded. `go install` checks the source against Go's checksum database.
 * The work happens in a folder beside `target`. Only a complete binary is renamed to `target`.
 *
 * @param {Tool} tool
 * @param {string} target `<bin>/<name>-<version>/<name>`
 * @param {NodeJS.ProcessEnv} env
 * @throws {ScriptError} if the tool can neither be downloaded nor built
 */
export async function installTool(tool, target, env) {
  const bin = dirname(dirname(target));
  await mkdir(bin, { recursive: true, mode: PRIVATE_FOLDER });
  await removeLeftovers(bin);
  const workDir = await mkdtemp(join(bin, PARTIAL_PREFIX));
  try {
    const { sha256 } = tool;
    const failure =
      sha256 === null
        ? `no confirmed SHA-256 of ${tool.title} ${tool.version} for this system, so it is not downloaded`
        : await tryDownload(tool, sha256, workDir);
    if (failure !== null) await goInstall(tool, workDir, failure, env);
    await mkdir(dirname(target), { recursive: true, mode: PRIVATE_FOLDER });
    await rename(join(workDir, tool.name), target);
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
}

/**
 * @param {Tool} tool
 * @param {string} sha256 the archive's SHA-256 in hex
 * @param {string} workDir
 * @returns {Promise<string | null>} why the download failed; null if it succeeded
 */
async function tryDownload(tool, sha256, workDir) {
  const startMs = Date.now();
  const archive = join(workDir, 'archive.tar.gz');
  try {
    if ((await download(tool.archive, archive)) !== sha256) {
      throw new Error('the archive has another SHA-256 than expected and was not unpacked');
    }
    const untar = await run('tar', ['-xzf', archive, '-C', workDir]);
    if (!untar.ok) throw new Error('the archive is damaged');
    const probe = await run(join(workDir, tool.name), tool.probe);
    if (!probe.ok) throw new Error('the binary does not run on this machine');
    say(`downloaded ${tool.title} ${tool.version} in ${secondsSince(startMs)}`);
    return null;
  } catch (error) {
    return `could not download ${tool.title} ${tool.version} (${describeDownloadError(error)})`;
  } finally {
    await rm(archive, { force: true });
  }
}

/**
 * Downloads a file. Gives up soon if the server does not respond or if it stops sending.
 *
 * @param {string} url
 * @param {string} file
 * @returns {Promise<string>} the file's SHA-256 in hex
 */
async function download(url, file) {
  const controller = new AbortController();
  const giveUp = () => controller.abort(new Error('timed out'));
  let timer = setTimeout(giveUp, RESPONSE_TIMEOUT_MS);
  const restartTimer = () => {
    clearTimeout(timer);
    timer = setTimeout(giveUp, STALL_TIMEOUT_MS);
  };
  try {
    const response = await fetch(url, { signal: controller.signal });
    if (!response.ok || response.body === null) throw new Error(`HTTP ${response.status}`);
    restartTimer();
    const hash = createHash('sha256');
    const body = Readable.fromWeb(response.body).on('data', (/** @type {Buffer} */ chunk) => {
      hash.update(chunk);
      restartTimer();
    });
    const target = createWriteStream(file, { mode: PRIVATE_FILE });
    await pipeline(body, target, { signal: controller.signal });
    return hash.digest('hex');
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Returns the code of a network error, such as ENOTFOUND, or else the message. `fetch` hides the code in `cause`.
 *
 * @param {unknown} error
 * @returns {string}
 */
function describeDownloadError(error) {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  const hasCode = typeof cause === 'object' && cause !== null && 'code' in cause;
  return hasCode ? String(cause.code) : error.message;
}

/**
 * @param {Tool} tool
 * @param {string} workDir
 * @param {string} downloadFailure
 * @param {NodeJS.ProcessEnv} env
 * @throws {ScriptError} if Go is missing or the build fails
 */
async function goInstall(tool, workDir, downloadFailure, env) {
  const nameAndVersion = `${tool.title} ${tool.version}`;
  const whatToDo = `install Go 1.25 or newer (https://go.dev/dl), or set ${tool.variable} to a ${tool.name} executable, then run this again`;
  if ((await findOnPath('go', env)) === null) {
    throw new ScriptError(
      `${downloadFailure}, and ${tool.name} cannot be built because Go is missing: ${whatToDo}.`,
    );
  }
  const words = {
    doing: `${downloadFailure}; building it with go install (${tool.buildTime}, only once)`,
    done: `built ${nameAndVersion}`,
  };
  await step(words, async () => {
    const args = ['install', '-ldflags', '-s -w', tool.goPackage];
    const { ok, output } = await run('go', args, { cwd: workDir, env: { ...env, GOBIN: workDir } });
    if (ok && (await run(join(workDir, tool.name), tool.probe)).ok) return;
    throw new ScriptError(
      `could not build ${nameAndVersion} with Go: ${whatToDo}.`,
      headAndTail(output),
    );
  });
}

/**
 * Removes the work folders of killed set-ups, because each takes hundreds of megabytes.
 *
 * @param {string} bin
 */
async function removeLeftovers(bin) {
  for (const name of await readdir(bin)) {
    if (!name.startsWith(PARTIAL_PREFIX)) continue;
    const path = join(bin, name);
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Infinity }));
    if (Date.now() - mtimeMs > MAX_INSTALL_MS) await rm(path, { recursive: true, force: true });
  }
}
