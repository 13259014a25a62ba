import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { TYPESCRIPT_FLAGS } from '../../scripts/typescript/flags.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** This module exports what `npm start` runs after its set-up, and does not run it. */
const LOCAL_MAIN = /\/local\/main\.[jt]s$/;

/**
 * Returns Node's arguments for a program. `npm test` compiles src/ and sets PROGRAMS, because programs start many times
 * in a run, and in two thirds of the CPU time that they need from TypeScript. A test file that is run without `npm test`
 * starts the TypeScript.
 *
 * @param file path from the root of the checkout, such as `src/workers/main.ts`, or `dist/workers/main.js` after a build
 */
export function programArguments(file: string): string[] {
  const { PROGRAMS } = process.env;
  const isCompiled = PROGRAMS !== undefined && file.startsWith('src/');
  const path = isCompiled ? file.replace('src', PROGRAMS).replace(/\.ts$/, '.js') : ROOT + file;
  return [
    ...(path.endsWith('.ts') ? TYPESCRIPT_FLAGS : []),
    ...(LOCAL_MAIN.test(path) ? [`${ROOT}scripts/test/run-local.mjs`] : []),
    path,
  ];
}
