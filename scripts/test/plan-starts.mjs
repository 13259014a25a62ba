// The rules by which run-test-files.mjs starts test files.

/** How many test files run at a time if both cores are busy. */
const MIN_RUNNING = 3;
/** How many test files run at a time if the cores would otherwise be idle. */
export const MAX_RUNNING = 6;
/** More than three tests of whole programs at a time are 10 to 17 processes, and their links expire during restarts. */
const MAX_WHOLE_PROGRAMS = 3;
/** Fewer idle cores than this part are not worth another file. */
export const MIN_IDLE_PART = 0.15;

/**
 * @typedef {object} PlannedFile
 * @property {string} path
 * @property {boolean} isWholeProgram true if the tests run several processes of Everclip
 * @property {boolean} isPatient true if nothing in the tests expires while others use the cores
 */

/**
 * Returns the file that starts next; null if none may start now.
 *
 * Many files mostly wait: for timeouts, restarts, and links that expire. With three files at a time, 30 to 45 % of the
 * two cores were idle for several minutes. With four files at a time, the cores were too busy for tests of whole
 * programs. So the number of files follows the load.
 *
 * @param {object} state
 * @param {readonly PlannedFile[]} state.waiting files that are ready to start, the first one first
 * @param {readonly PlannedFile[]} state.running
 * @param {number} state.idlePart the part of all cores that was idle in the last seconds, from 0 to 1
 * @returns {PlannedFile | null}
 */
export function chooseNextFile({ waiting, running, idlePart }) {
  if (running.length >= MAX_RUNNING) return null;
  if (running.length >= MIN_RUNNING && idlePart < MIN_IDLE_PART) return null;
  const wholePrograms = running.filter(({ isWholeProgram }) => isWholeProgram).length;
  const mayRunWhole = wholePrograms < MAX_WHOLE_PROGRAMS;
  return waiting.find(({ isWholeProgram }) => mayRunWhole || !isWholeProgram) ?? null;
}

/**
 * Returns which part of the cores was idle between two calls of `os.cpus()`, from 0 to 1.
 *
 * @param {readonly import('node:os').CpuInfo[]} before
 * @param {readonly import('node:os').CpuInfo[]} after
 * @returns {number}
 */
export function idlePartBetween(before, after) {
  const passed = sumTimes(after);
  const earlier = sumTimes(before);
  const allMs = passed.allMs - earlier.allMs;
  return allMs <= 0 ? 0 : (passed.idleMs - earlier.idleMs) / allMs;
}

/** @param {readonly import('node:os').CpuInfo[]} cpus */
function sumTimes(cpus) {
  let allMs = 0;
  let idleMs = 0;
  for (const { times } of cpus) {
    allMs += times.user + times.nice + times.sys + times.idle + times.irq;
    idleMs += times.idle;
  }
  return { allMs, idleMs };
}
