import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
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

test('after a plain npm ci of the same package-lock.json, no command installs the packages again', async () => {
  await using checkout = await FakeCheckout.create();
  const locked = {
    '': { version: '0.1.0' },
    'node_modules/typescript': { version: '6.0.3', integrity: 'sha512-a' },
    'node_modules/for-macos': { version: '1.0.0', integrity: 'sha512-b', optional: true },
  };
  const lockFile = JSON.stringify({ packages: locked });
  /** Does what `npm ci` does when a user calls it, but with these packages. */
  const installAsUser = async (packages: object): Promise<void> => {
    await checkout.write('clone/package-lock.json', '{}');
    await checkout.start();
    await checkout.write('clone/package-lock.json', lockFile);
    await rm(checkout.path('clone/node_modules/.everclip-lock'));
    await checkout.write('clone/node_modules/.package-lock.json', JSON.stringify({ packages }));
  };
  const installs = async (): Promise<number> => {
    const before = (await checkout.readCalls('npm')).length;
    const run = await checkout.start();
    assert.equal(run.code, 0, run.stderr);
    return (await checkout.readCalls('npm')).length - before;
  };
  const { 'node_modules/typescript': typescript } = locked;
  await installAsUser({ 'node_modules/typescript': typescript });
  assert.equal(await installs(), 0);
  assert.equal(await installs(), 0);
  await installAsUser({ 'node_modules/typescript': { ...typescript, integrity: 'sha512-c' } });
  assert.equal(await installs(), 1, 'another version was installed');
  await installAsUser({});
  assert.equal(await installs(), 1, 'a package is missing, as after npm ci --omit=dev');
});
