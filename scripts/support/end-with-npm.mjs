import { execFileSync } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { clearInterval, setInterval } from 'node:timers';
import { ROOT } from './paths.mjs';
import { say } from './report.mjs';

const CHECK_EVERY_MS = 500;

/**
 * Sends this process a SIGTERM when the npm that runs it has ended. npm sends the signals that it receives to the shell
 * between npm and this process, but not to this process. If npm is killed, it sends no signals at all. If npm did not
 * start this process, the function does nothing.
 */
export function endWithNpm() {
  const { npm_lifecycle_script: command } = process.env;
  if (!command) return;
  const parent = process.ppid;
  const npm = findNpm(parent, command);
  const timer = setInterval(() => {
    if (process.ppid === parent && isAlive(npm)) return;
    clearInterval(timer);
    say('npm has ended, so this program stops too');
    process.kill(process.pid, 'SIGTERM');
  }, CHECK_EVERY_MS);
  timer.unref();
  // A supervisor or a closed terminal sends its signal to npm and also to this process. After such a signal, stop
  // watching npm. Otherwise, the end of npm would cause a second signal, and a second signal ends the program at once.
  const expected = new Set(['SIGINT', 'SIGTERM', 'SIGHUP']);
  process.on('newListener', (event) => {
    const signal = String(event);
    if (expected.delete(signal)) process.once(signal, () => clearInterval(timer));
  });
}

/**
 * Returns the pids of the `npm start` that runs this process, and of the `sh -c` between npm and this process. These
 * processes end with this process. Returns no pids if something else started this process, such as a loop, nodemon or
 * another npm script, because it may start this process again.
 *
 * @param {string} packageJson the path of the package.json whose script `start` runs this process
 * @returns {number[]}
 */
export function findNpmProcesses(packageJson = join(ROOT, 'package.json')) {
  const { env } = process;
  const command = env.npm_lifecycle_script;
  if (!command || env.npm_lifecycle_event !== 'start' || !env.npm_package_json) return [];
  try {
    if (realpathSync(env.npm_package_json) !== realpathSync(packageJson)) return [];
    const parent = process.ppid;
    if (isNpm(parent)) return [parent];
    const [, option, script] = readFileSync(`/proc/${parent}/cmdline`, 'utf8').split('\0');
    // npm appends its own arguments to the command.
    if (option !== '-c' || !script?.startsWith(command)) return [];
    const npm = Number(describe(parent, 'ppid'));
    return isNpm(npm) ? [parent, npm] : [];
  } catch {
    // Without /proc, no environment can be changed anyway.
    return [];
  }
}

/** @param {number} pid */
function isNpm(pid) {
  // npm sets its title to `npm start`. Before, its arguments are `node …/npm start`.
  return /^(\S*\/)?(node \S*\/)?npm(-cli\.js)?( |$)/.test(describe(pid, 'args'));
}

/**
 * Returns the pid of npm. The parent is usually a shell, which npm has started. But some shells replace themselves with
 * the command that npm gives them. In that case, the parent is npm.
 *
 * @param {number} parent
 * @param {string} command
 */
function findNpm(parent, command) {
  try {
    return describe(parent, 'args').includes(command) ? Number(describe(parent, 'ppid')) : parent;
  } catch {
    // Without /proc and ps, only the parent is watched.
    return parent;
  }
}

/**
 * @param {number} pid
 * @param {'args' | 'ppid'} what
 * @returns {string}
 */
function describe(pid, what) {
  if (process.platform !== 'linux') {
    return execFileSync('ps', ['-o', `${what}=`, '-p', String(pid)], { encoding: 'utf8' }).trim();
  }
  if (what === 'args') return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  // proc(5): `pid (name) state ppid …`. The name can contain spaces and parentheses.
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? '';
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
