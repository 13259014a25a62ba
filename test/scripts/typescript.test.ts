import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { TYPESCRIPT_FLAGS } from '../../scripts/typescript/flags.mjs';
import { pruneTypescriptCache } from '../../scripts/typescript/prune-cache.mjs';

describe('TypeScript from source', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'everclip-typescript-'));
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  });
  after(async () => {
    await rm(folder, { recursive: true });
  });

  async function runFile(name: string, source: string): Promise<string> {
    await writeFile(join(folder, name), source);
    const env = { PATH: process.env.PATH, XDG_CACHE_HOME: folder };
    const args = [...TYPESCRIPT_FLAGS, join(folder, name)];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: tmpdir(), env });
    return stdout;
  }

  test('a changed file runs with its change, and an unchanged file is not translated again', async () => {
    const cache = join(folder, 'everclip/typescript');
    assert.equal(await runFile('a.ts', `const n: number = 1;\nconsole.log(n);`), '1\n');
    assert.equal(await runFile('a.ts', `const n: number = 2;\nconsole.log(n);`), '2\n');
    assert.equal((await readdir(cache)).length, 2);
    assert.equal(await runFile('a.ts', `const n: number = 1;\nconsole.log(n);`), '1\n');
    assert.equal((await readdir(cache)).length, 2);
  });

  test('an error names the line of the TypeScript file', async () => {
    const source = `interface Long {\n  a: string;\n}\n\nconst long: Long = { a: 'x' };\nthrow new Error(long.a);`;
    await assert.rejects(runFile('b.ts', source), /b\.ts:6:7/);
  });

  test('without a folder for the cache, every start translates', async () => {
    await writeFile(join(folder, 'everclip-file'), '');
    await writeFile(join(folder, 'c.ts'), 'console.log(1 as number);');
    const env = { PATH: process.env.PATH, XDG_CACHE_HOME: join(folder, 'everclip-file') };
    const args = [...TYPESCRIPT_FLAGS, join(folder, 'c.ts')];
    assert.equal((await promisify(execFile)(process.execPath, args, { env })).stdout, '1\n');
  });

  test('translations that are older than a month are removed', async () => {
    const cache = await mkdtemp(join(folder, 'cache-'));
    for (const name of ['old.js', 'new.js']) await writeFile(join(cache, name), '');
    const old = Date.now() / 1000 - 31 * 86_400;
    await utimes(join(cache, 'old.js'), old, old);
    await pruneTypescriptCache(cache);
    assert.deepEqual(await readdir(cache), ['new.js']);
    await pruneTypescriptCache(join(cache, 'missing'));
  });
});
