import assert from 'node:assert/strict';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fakeGo, FakeCheckout } from './fake-checkout.ts';

test('the first start of a fresh clone installs and builds everything, and the second start repeats none of this work', async () => {
  await using checkout = await FakeCheckout.create();

  const first = await checkout.start();
  assert.equal(first.code, 0, first.stderr);
  assert.match(first.stderr, /installing the npm packages .*\.\.\./);
  assert.match(
    first.stderr,
    /could not download the Temporal CLI 1\.5\.1 \(ENOTFOUND\); building it with go install \(about .*\) \.\.\./,
  );
  assert.match(first.stderr, /built the Temporal CLI 1\.5\.1 in \d/);
  assert.equal(first.env().TEMPORAL_CLI, checkout.cachedTemporal);
  assert.equal(first.env().FFMPEG_PATH, checkout.path('bin/ffmpeg'));
  assert.equal(first.env().FFPROBE_PATH, checkout.path('bin/ffprobe'));

  const second = await checkout.start();
  assert.equal(second.code, 0, second.stderr);
  assert.match(second.stderr, /^everclip: set up in .*, using the Temporal CLI 1\.5\.1\n$/);
  assert.deepEqual(await checkout.readCalls('npm'), [
    'npm ci --include=dev --no-audit --no-fund --loglevel=error',
  ]);
  assert.deepEqual(await checkout.readCalls('go'), [
    'go install -ldflags -s -w github.com/temporalio/cli/cmd/temporal@v1.5.1',
  ]);
  assert.equal((await checkout.readCalls('tsc')).length, 1);
});

test('only the user can read what the set-up writes into the cache', async () => {
  await using checkout = await FakeCheckout.create();
  const run = await checkout.start();
  assert.equal(run.code, 0, run.stderr);
  const cache = checkout.path('cache/everclip');
  const folders = [cache, join(cache, 'bin'), join(cache, 'locks')];
  for (const path of folders) assert.equal((await stat(path)).mode & 0o777, 0o700, path);
  const locks = await readdir(join(cache, 'locks'));
  assert.ok(locks.length >= 2, 'one lock for npm and one for the Temporal CLI');
  for (const lock of locks) {
    assert.equal((await stat(join(cache, 'locks', lock))).mode & 0o777, 0o600, lock);
  }
});

test('if two set-ups run at once, the work is done only once and both set-ups succeed', async () => {
  await using checkout = await FakeCheckout.create();
  await checkout.addProgram('go', `sleep 0.5; ${fakeGo('from go')}`);

  const runs = await Promise.all([checkout.start(), checkout.start()]);
  for (const run of runs) assert.equal(run.code, 0, run.stderr);
  assert.equal((await checkout.readCalls('go')).length, 1);
  assert.equal((await checkout.readCalls('npm')).length, 1);
  assert.equal((await checkout.readCalls('tsc')).length, 1);
});

test('if .env sets TEMPORAL_ADDRESS, npm start installs no Temporal CLI', async () => {
  await using checkout = await FakeCheckout.create();
  await checkout.write('clone/.env', 'TEMPORAL_ADDRESS=temporal.example:7233\nLOG_LEVEL=debug\n');
  const run = await checkout.start({ LOG_LEVEL: 'warn' });
  assert.equal(run.code, 0, run.stderr);
  assert.equal(run.env().TEMPORAL_CLI, undefined);
  assert.equal(run.env().LOG_LEVEL, 'warn', 'a variable of the environment overrides .env');
  assert.deepEqual(await checkout.readCalls('go'), []);
});
