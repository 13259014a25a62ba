import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { PRIVATE_FILE, PRIVATE_FOLDER } from './modes.mjs';
import { say } from './report.mjs';

/**
 * Runs `work` while no other process holds the same lock. flock(1) takes the lock, so the kernel releases it
 * when a set-up is killed. On systems without flock(1), such as macOS, `work` runs without a lock.
 *
 * @template T
 * @param {string} file created if it is missing
 * @param {(fd: number) => Promise<T>} work a child process that inherits `fd` keeps the lock until it exits
 * @returns {Promise<T>}
 */
export async function withLock(file, work) {
  mkdirSync(dirname(file), { recursive: true, mode: PRIVATE_FOLDER });
  const fd = openSync(file, 'a', PRIVATE_FILE);
  try {
    if (!(await flock(fd, '--nonblock'))) {
      say('another set-up is doing the same work; waiting for it to finish ...');
      await flock(fd);
    }
    return await work(fd);
  } finally {
    closeSync(fd);
  }
}

/**
 * Locks an open file. The lock belongs to the open file, so the lock stays when the flock(1) process that took it
 * exits.
 *
 * @param {number} fd
 * @param {...string} options
 * @returns {Promise<boolean>} false if another process holds the lock
 */
function flock(fd, ...options) {
  return new Promise((resolve, reject) => {
    const child = spawn('flock', [...options, '3'], { stdio: ['ignore', 'ignore', 'inherit', fd] });
    child.on('error', (error) =>
      'code' in error && error.code === 'ENOENT' ? resolve(true) : reject(error),
    );
    child.on('exit', (code) => resolve(code === 0));
  });
}
