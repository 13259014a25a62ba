import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { say } from './report.mjs';

/**
 * Does `work` while no other process does the same under that lock. The lock is the kernel's (flock), so a
 * killed set-up leaves none behind. Handing `fd` on to a child makes the lock last until that child ends too.
 * Without flock(1), as on macOS, it works unlocked.
 *
 * @template T
 * @param {string} file
 * @param {(fd: number) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(file, work) {
  mkdirSync(dirname(file), { recursive: true });
  const fd = openSync(file, 'a');
  try {
    if (!(await flock(fd, '--nonblock'))) {
      say('waiting for another set-up that does the same right now ...');
      await flock(fd);
    }
    return await work(fd);
  } finally {
    closeSync(fd);
  }
}

/** A flock belongs to the open file, which the child shares with us, and not to the process that asked for it. */
function flock(fd, ...options) {
  return new Promise((resolve, reject) => {
    const child = spawn('flock', [...options, '3'], { stdio: ['ignore', 'ignore', 'inherit', fd] });
    child.on('error', (error) => (error.code === 'ENOENT' ? resolve(true) : reject(error)));
    child.on('exit', (code) => resolve(code === 0));
  });
}
