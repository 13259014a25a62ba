import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import process from 'node:process';

/**
 * Runs a program to its end and keeps what it prints.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, inheritFd?: number }} [options] `inheritFd` is handed on as fd 3
 * @returns {Promise<{ ok: boolean, output: string }>} not ok too when the program can't be started
 */
export function run(command, args, { cwd, env, inheritFd } = {}) {
  return new Promise((resolve) => {
    const stdio = ['ignore', 'pipe', 'pipe', ...(inheritFd === undefined ? [] : [inheritFd])];
    const child = spawn(command, args, { cwd, env, stdio });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk) => {
        output += chunk;
      });
    }
    child.on('error', (error) => resolve({ ok: false, output: error.message }));
    child.on('close', (code) => resolve({ ok: code === 0, output }));
  });
}

/**
 * Runs a program that shares our terminal and outlives no signal that we get.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<number>} its exit code, 128 + n after signal n as a shell would say
 */
export async function runInForeground(command, args, { cwd, env } = {}) {
  const child = spawn(command, args, { cwd, env, stdio: 'inherit' });
  // Ctrl-C reaches the child by itself (same process group); we only have to stay until it is done.
  const stay = () => {};
  const passOn = () => child.kill('SIGTERM');
  process.on('SIGINT', stay).on('SIGTERM', passOn);
  try {
    return await new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
    });
  } finally {
    process.off('SIGINT', stay).off('SIGTERM', passOn);
  }
}
