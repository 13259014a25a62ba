import { createServer } from 'node:net';
import { cpus } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { say } from '../support/report.mjs';
import { chooseNextFile, idlePartBetween, MAX_RUNNING } from './plan-starts.mjs';

/** @typedef {import('./plan-starts.mjs').PlannedFile} PlannedFile */

/** A file that runs longer hangs. */
const FILE_TIMEOUT_MS = 300_000;
/** How often the load is measured. A file that has just started is busy within half a second. */
const MEASURE_EVERY_MS = 1000;
/** The runner starts this many processes at a time. Those that may not run yet wait in wait-for-start.mjs. */
export const PROCESSES = MAX_RUNNING + 4;

/**
 * @typedef {object} ReadyFile
 * @property {PlannedFile} file
 * @property {number} pid
 * @property {import('node:net').Socket} socket
 */

/**
 * Tells the processes of test files when to start, because the runner's `concurrency` is a fixed number. Each process
 * connects to the socket and waits for a line with its priority. It runs until it closes the connection.
 *
 * @param {readonly PlannedFile[]} files in the order in which they start
 * @param {object} options
 * @param {string} options.folder where the socket is created
 * @param {(file: PlannedFile) => number} options.priorityOf the priority of a file's process, as nice(1) counts
 * @returns {Promise<{ socketPath: string, stop: () => void }>} processes read the path from the environment variable
 *   TEST_START_SOCKET
 */
export async function sendStartSignals(files, { folder, priorityOf }) {
  const planned = new Map(files.map((file) => [file.path, file]));
  /** @param {ReadyFile} ready */
  const positionOf = ({ file }) => files.indexOf(file);
  /** @type {ReadyFile[]} */
  const waiting = [];
  /** @type {ReadyFile[]} */
  const running = [];
  let cpusBefore = cpus();
  let isFirst = true;

  /** @param {number} idlePart */
  const startNext = (idlePart) => {
    const file = chooseNextFile({
      waiting: waiting.map((ready) => ready.file),
      running: running.map((ready) => ready.file),
      idlePart,
    });
    const ready = waiting.find((each) => each.file === file);
    if (ready === undefined) return false;
    waiting.splice(waiting.indexOf(ready), 1);
    running.push(ready);
    ready.socket.write(`${priorityOf(ready.file)}\n`);
    const timer = setTimeout(() => endHanging(ready), FILE_TIMEOUT_MS);
    ready.socket.once('close', () => {
      clearTimeout(timer);
      running.splice(running.indexOf(ready), 1);
      startAll();
    });
    return true;
  };
  const startAll = () => {
    // At first, the processes connect in any order. The first file must not wait for a later one.
    if (isFirst && waiting.length < Math.min(PROCESSES, files.length)) return;
    isFirst = false;
    while (startNext(0)) continue;
  };

  const server = createServer((socket) => {
    let text = '';
    socket.setEncoding('utf8').on('error', () => undefined);
    socket.on('data', (/** @type {string} */ chunk) => {
      text += chunk;
      const [path, pid] = text.split('\n');
      const file = planned.get(path ?? '');
      if (!text.endsWith('\n') || file === undefined) return;
      const ready = { file, pid: Number(pid), socket };
      socket.once('close', () => {
        const at = waiting.indexOf(ready);
        if (at !== -1) waiting.splice(at, 1);
      });
      waiting.push(ready);
      waiting.sort((a, b) => positionOf(a) - positionOf(b));
      startAll();
    });
  });
  const socketPath = join(folder, 'start.sock');
  await new Promise((resolve) => {
    server.listen(socketPath, () => resolve(undefined));
  });
  const timer = setInterval(() => {
    const now = cpus();
    const idlePart = idlePartBetween(cpusBefore, now);
    cpusBefore = now;
    isFirst = false;
    startNext(idlePart);
  }, MEASURE_EVERY_MS);
  const stop = () => {
    clearInterval(timer);
    server.close();
  };
  return { socketPath, stop };
}

/** @param {ReadyFile} ready */
function endHanging({ file, pid }) {
  say(`${file.path} has run for ${FILE_TIMEOUT_MS / 1000} s, so its process is killed.`);
  try {
    process.kill(pid);
  } catch {
    // The process has ended in the meantime.
  }
}
