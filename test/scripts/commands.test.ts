import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { requireNode } from '../../scripts/support/run-script.mjs';
import { FakeCheckout } from './fake-checkout.ts';

const PACKAGE = new URL('../../package.json', import.meta.url);

test('npm run bench without a name lists the benchmarks on stdout', async () => {
  await using checkout = await FakeCheckout.create();
  await checkout.write('clone/bench/pipeline.ts', '');
  await checkout.write('clone/bench/support/say.ts', '');
  const list = await checkout.run('bench');
  assert.equal(list.code, 0, list.stderr);
  assert.equal(list.stdout, 'run npm run bench -- NAME, where NAME is one of pipeline\n');
});

test('npm run bench with an unknown name exits with 1 and lists the benchmarks that exist', async () => {
  await using checkout = await FakeCheckout.create();
  await checkout.write('clone/bench/burst.ts', '');
  await checkout.write('clone/bench/pipeline.ts', '');
  const unknown = await checkout.run('bench', ['pipelin']);
  assert.equal(unknown.code, 1);
  assert.equal(unknown.stdout, '');
  assert.match(
    unknown.stderr,
    /^everclip: unknown benchmark "pipelin": .*NAME is one of burst, pipeline\.$/m,
  );
});

test('npm test with a filter that matches no test exits with 1 instead of passing', async () => {
  await using checkout = await FakeCheckout.create();
  await checkout.write('clone/test/clip.test.ts', "test('a clip has an id', () => {});");
  const run = await checkout.run('test', ['a clpi']);
  assert.equal(run.code, 1);
  assert.match(run.stderr, /No test has "a clpi" in its path or name\./);
});

test('the version check refuses Node versions before 20.19 and accepts 20.19 and later versions', () => {
  assert.throws(() => {
    requireNode('20.18.3');
  }, /^ScriptError: Node 20\.18\.3 is too old: install Node 20\.19 or newer /);
  for (const version of ['20.19.0', '22.0.0', '24.1.0']) requireNode(version);
});

test('the Node version that runs the tests accepts the Node options of npm start, which limit its memory', async () => {
  const { scripts } = JSON.parse(await readFile(PACKAGE, 'utf8')) as { scripts: { start: string } };
  const options = scripts.start.split(' ').filter((word) => word.startsWith('--'));
  assert.ok(options.length > 0);
  const { stdout } = await promisify(execFile)(process.execPath, [...options, '-p', '"ok"']);
  assert.equal(stdout, 'ok\n');
});
