import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { ROOT } from '../support/paths.mjs';
import { CACHE } from './cache.mjs';

/** @type {import('esbuild').TransformOptions} */
const OPTIONS = {
  format: 'esm',
  target: 'node20',
  sourcemap: 'inline',
  sourcesContent: false,
  tsconfigRaw: {
    compilerOptions: {
      jsx: 'react-jsx',
      jsxImportSource: 'hono/jsx',
      target: 'es2022',
      verbatimModuleSyntax: true,
    },
  },
};
const { devDependencies } =
  /** @type {{ devDependencies: Record<string, string> }} */
  (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')));
/** After a change of the options or of esbuild, old translations do not count. */
const SALT = JSON.stringify([OPTIONS, devDependencies.esbuild]);

/**
 * Node calls this hook for every module. A TypeScript file is translated by esbuild, unless the cache has its
 * translation. JavaScript stays with Node: with tsx 4.23, which also looks at every file of every package, loading the
 * code of a worker took 0.8 s of CPU time instead of 0.5 s.
 *
 * @type {import('node:module').LoadHook}
 */
export async function load(url, context, nextLoad) {
  if (!/^file:.*\.tsx?$/.test(url)) return await nextLoad(url, context);
  const path = fileURLToPath(url);
  const source = await translate(basename(path), readFileSync(path, 'utf8'));
  return { format: 'module', source, shortCircuit: true };
}

/**
 * @param {string} name of the file, for the source map, which is relative to the file
 * @param {string} source
 * @returns {Promise<string>}
 */
async function translate(name, source) {
  const key = createHash('sha256').update(`${SALT}\0${name}\0${source}`).digest('hex');
  const cached = join(CACHE, `${key}.js`);
  try {
    return readFileSync(cached, 'utf8');
  } catch {
    const { transform } = await import('esbuild');
    const loader = name.endsWith('x') ? 'tsx' : 'ts';
    const { code } = await transform(source, { ...OPTIONS, loader, sourcefile: name });
    save(cached, code);
    return code;
  }
}

/**
 * Saves a translation. The file gets its name only when it is complete, because other processes read it.
 *
 * @param {string} path
 * @param {string} code
 */
function save(path, code) {
  try {
    mkdirSync(CACHE, { recursive: true });
    writeFileSync(`${path}.${process.pid}`, code);
    renameSync(`${path}.${process.pid}`, path);
  } catch {
    // Without a cache (a full disk, a home that cannot be written), every start translates.
  }
}
