// Functions that find and run other programs.
import { spawn } from 'node:child_process';
import { constants as fileConstants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { constants as osConstants } from 'node:os';
import { delimiter, join } from 'node:path';
import process from 'node:process';

/**
 * Runs a program until it exits, and returns its output. If the program cannot be started, `ok` is false.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, inheritFd?: number }} [options] the child gets `inheritFd` as fd 3
 * @returns {Promise<{ ok: boolean, output: string }>} `output` is stdout and stderr together
 */
export function run(command, args, { cwd, env, inheritFd } = {}) {
  return new Promise((resolve) => {
    let output = '';
    const child = spawn(command, args, {
      ...(cwd === undefined ? {} : { cwd }),
      ...(env === undefined ? {} : { env }),
      stdio: ['ignore', 'pipe', 'pipe', ...(inheritFd === undefined ? [] : [inheritFd])],
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (/** @type {string} */ chunk) => {
        output += chunk;
      });
    }
    child.on('error', (error) => resolve({ ok: false, output: error.message }));
    child.on('close', (code) => resolve({ ok: code === 0, output }));
  });
}

/**
 * Runs a program in our terminal until it exits. If a signal ends this process, the program ends too.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd: string, env: NodeJS.ProcessEnv }} options
 * @returns {Promise<number>} its exit code; 128 + n after signal n, as a shell reports it
 */
export async function runInForeground(command, args, { cwd, env }) {
  const child = spawn(command, args, { cwd, env, stdio: 'inherit' });
  // The terminal also sends the SIGINT of Ctrl-C to the child. So this process does not pass SIGINT on; it only waits
  // until the child has exited.
  const ignore = () => undefined;
  const passOn = () => child.kill('SIGTERM');
  process.on('SIGINT', ignore).on('SIGTERM', passOn);
  try {
    return await new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', (code, signal) =>
        resolve(code ?? 128 + (signal ? osConstants.signals[signal] : 0)),
      );
    });
  } finally {
    process.off('SIGINT', ignore).off('SIGTERM', passOn);
  }
}

/**
 * Returns the path of the first program with this name on PATH, or null if there is none.
 *
 * @param {string} name
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<string | null>}
 */
export async function findOnPath(name, env = process.env) {
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    const file = join(folder, name);
    if (folder && (await isExecutable(file))) return file;
  }
  return null;
}

/**
 * True if `path` is a file with execute permission.
 *
 * @param {string} path
 * @returns {Promise<boolean>}
 */
export async function isExecutable(path) {
  try {
    await access(path, fileConstants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
