import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { FakeCheckout } from './fake-checkout.ts';

test('if package-lock.json has changed, the next start installs the packages again', async () => {
  await using checkout = await FakeCheckout.create();
  await checkout.start();
  await checkout.write('clone/package-lock.json', '{ "lockfileVersion": 3 }');
  await checkout.start();
  assert.equal((await checkout.readCalls('npm')).length, 2);
});

test('if npm ci failed or was killed, the next start runs npm ci again', async () => {
  await using checkout = await FakeCheckout.create();
  const npm = await readFile(checkout.path('bin/npm'), 'utf8');
  await checkout.addProgram(
    'npm',
    'mkdir -p node_modules/half; echo "npm error ETIMEDOUT" >&2; exit 1',
  );
  const failed = await checkout.start();
  assert.equal(failed.code, 1);
  assert.match(failed.stderr, /npm error ETIMEDOUT\neverclip: npm ci failed: fix .*\.\n/);

  await checkout.addProgram('npm', 'mkdir -p node_modules/half; sleep 60');
  await checkout.startAndKill('npm', 2);

  await writeFile(checkout.path('bin/npm'), npm);
  const run = await checkout.start();
  assert.equal(run.code, 0, run.stderr);
  assert.equal((await checkout.readCalls('npm')).length, 3);
});

test('if a source file has changed, the next start compiles src again and stops on a compile error', async () => {
  await using checkout = await FakeCheckout.create();
  await checkout.start();
  await checkout.write('clone/src/index.ts', 'something wrong');
  const broken = await checkout.start();
  assert.equal(broken.code, 1);
  assert.equal(broken.stdout, '');
  assert.match(broken.stderr, /TS2322\neverclip: src\/ does not compile: fix /);

  await checkout.write('clone/src/index.ts', 'fixed');
  assert.equal((await checkout.start()).code, 0);
  assert.equal((await checkout.readCalls('tsc')).length, 3);
});
