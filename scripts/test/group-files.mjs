import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from '../support/paths.mjs';

/** @typedef {import('./plan-starts.mjs').PlannedFile} PlannedFile */

/**
 * Folders with many short tests. A process per file would spend most of its time on loading the same packages: 15 files
 * of test/clip took 11 s of CPU time in 15 processes and 2 s in one.
 */
const GROUPED_FOLDERS = [
  'test/activities/',
  'test/bench/',
  'test/catalog/',
  'test/clip/',
  'test/config/',
  'test/containers/',
  'test/discord/',
  'test/docs/',
  'test/emulator/',
  'test/health/',
  'test/ingest/',
  'test/library/',
  'test/media/',
  'test/scripts/',
  'test/status/',
  'test/store/',
  'test/temporal/',
  'test/workers/',
];
/**
 * These tests measure something that belongs to the whole process, start a browser, or replace the timers while
 * connections of other tests are still open.
 */
const OWN_PROCESS = [
  'test/discord/meter-rest.test.ts',
  'test/library/browser/grid.test.ts',
  'test/library/browser/interruptions.test.ts',
  'test/library/browser/pages.test.ts',
  'test/library/browser/player/player.test.ts',
  'test/library/preview/unfurl.test.ts',
  'test/media/fuzz.test.ts',
  'test/media/hostile-media.test.ts',
  'test/media/minimum-rate.test.ts',
  'test/media/process.test.ts',
  'test/scripts/browser/',
];
/**
 * Tests that kill a worker and whose links are valid for less than a minute. They start first and together, because
 * they wait most of the time. If their programs share the cores with busy tests, links expire before the next worker
 * can refresh them.
 */
const SHORT_LINKS = [
  'test/faults/links.test.ts',
  'test/faults/lasting-clips.test.ts',
  'test/whole/fire.test.ts',
];
/**
 * Tests that run whole programs, several processes each. With four of these files at a time, 10 to 17 processes waited
 * for two cores, and links expired before a restarted worker could refresh them.
 */
const WHOLE_PROGRAMS = ['test/faults/', 'test/local/', 'test/week/', 'test/whole/'];
/** All files and folders that this module names, from the root of the checkout. */
export const NAMED_PATHS = [...GROUPED_FOLDERS, ...OWN_PROCESS, ...SHORT_LINKS, ...WHOLE_PROGRAMS];
/** How many other processes start after each file of WHOLE_PROGRAMS, which take about as long together. */
const OTHERS_PER_FILE = 3;
/** The files of a group run one after another, so that a larger group would end late. */
const MAX_FILES_PER_GROUP = 8;

/**
 * Puts files of the same folder into groups that run in one process each. Returns the files to run: a file of a group is
 * replaced by a file in `folder` that imports the whole group.
 *
 * @param {string[]} paths from the root of the checkout, in the order in which they start
 * @param {string} folder
 * @returns {PlannedFile[]}
 */
export function groupFiles(paths, folder) {
  const groups = spreadWholePrograms(planGroups(paths));
  return groups.map((group, index) => {
    const [first = ''] = group;
    const kind = { isWholeProgram: isWholeProgram(first), isPatient: isPatient(first) };
    if (group.length === 1) return { path: join(ROOT, first), ...kind };
    const path = join(folder, `${String(index).padStart(3, '0')}.test.mjs`);
    const lines = group.map(
      (each) => `import ${JSON.stringify(pathToFileURL(join(ROOT, each)).href)};\n`,
    );
    writeFileSync(path, lines.join(''));
    return { path, ...kind };
  });
}

/** @param {string} path */
function isWholeProgram(path) {
  return WHOLE_PROGRAMS.some((folder) => path.startsWith(folder));
}

/** @param {string} path */
function isPatient(path) {
  return !isWholeProgram(path) && !OWN_PROCESS.some((own) => path.startsWith(own));
}

/**
 * @param {string[]} paths
 * @returns {string[][]} each path once; a group has the place of its first file
 */
export function planGroups(paths) {
  /** @type {string[][]} */
  const groups = [];
  /** @type {Map<string, string[]>} */
  const open = new Map();
  for (const path of paths) {
    const folder = OWN_PROCESS.some((own) => path.startsWith(own))
      ? undefined
      : GROUPED_FOLDERS.find((grouped) => path.startsWith(grouped));
    const group = folder === undefined ? undefined : open.get(folder);
    if (group !== undefined && group.length < MAX_FILES_PER_GROUP) {
      group.push(path);
      continue;
    }
    const started = [path];
    groups.push(started);
    if (folder !== undefined) open.set(folder, started);
  }
  return groups;
}

/**
 * Moves the tests with short links to the start, and spreads the other tests that run whole programs over the run. The
 * order of the others stays.
 *
 * @param {string[][]} groups
 * @returns {string[][]}
 */
export function spreadWholePrograms(groups) {
  /** @param {string[]} group */
  const hasShortLinks = ([first = '']) => SHORT_LINKS.includes(first);
  /** @param {string[]} group */
  const isWhole = ([first = '']) => isWholeProgram(first);
  const later = groups.filter((group) => !hasShortLinks(group));
  const others = later.filter((group) => !isWhole(group));
  const spread = later
    .filter(isWhole)
    .flatMap((group) => [group, ...others.splice(0, OTHERS_PER_FILE)]);
  return [...groups.filter(hasShortLinks), ...spread, ...others];
}
