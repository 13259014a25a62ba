import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'node:test';
import { buildsTemporal, FakeCheckout } from './fake-checkout.ts';

test('a fresh clone installs, builds and starts, and the second start does none of it again', async () => {
  await using checkout = await FakeCheckout.create();

  const first = await checkout.start();
  assert.equal(first.code, 0, first.stderr);
  assert.match(first.stderr, /installing the npm packages .*\.\.\./);
  assert.match(
    first.stderr,
    /building the Temporal CLI 1\.5\.1 with go install \(about .*\) \.\.\./,
  );
  assert.match(first.stderr, /built the Temporal CLI 1\.5\.1 in \d/);
  assert.equal(first.env().TEMPORAL_CLI, checkout.cachedTemporal);
  assert.equal(first.env().FFMPEG_PATH, checkout.path('bin/ffmpeg'));
  assert.equal(first.env().FFPROBE_PATH, checkout.path('bin/ffprobe'));

  const second = await checkout.start();
  assert.equal(second.code, 0, second.stderr);
  assert.match(second.stderr, /^everclip: set up in .*\n$/);
  assert.deepEqual(await checkout.calls('npm'), [
    'npm ci --include=dev --no-audit --no-fund --loglevel=error',
  ]);
  assert.deepEqual(await checkout.calls('go'), [
    'go install -ldflags -s -w github.com/temporalio/cli/cmd/temporal@v1.5.1',
  ]);
  assert.equal((await checkout.calls('tsc')).length, 1);
});

test('two set-ups at once do the work once and both succeed', async () => {
  await using checkout = await FakeCheckout.create();
  await checkout.program('go', `sleep 0.5; ${buildsTemporal('from go')}`);

  const runs = await Promise.all([checkout.start(), checkout.start()]);
  for (const run of runs) assert.equal(run.code, 0, run.stderr);
  assert.equal((await checkout.calls('go')).length, 1);
  assert.equal((await checkout.calls('npm')).length, 1);
  assert.equal((await checkout.calls('tsc')).length, 1);
});

test('TEMPORAL_CLI goes before the temporal on PATH, and that before the cache', async () => {
  await using checkout = await FakeCheckout.create();
  await checkout.start();
  const onPath = await checkout.program('temporal', 'echo temporal version 9.9.9');
  const named = await checkout.program('mine', 'echo mine', 'elsewhere');

  const byVariable = await checkout.start({ TEMPORAL_CLI: named });
  assert.equal(byVariable.env().TEMPORAL_CLI, named);
  const byPath = await checkout.start();
  assert.equal(byPath.env().TEMPORAL_CLI, onPath);
  assert.match(byPath.stderr, /temporal version 9\.9\.9 at /);
  await checkout.without('temporal');
  assert.equal((await checkout.start()).env().TEMPORAL_CLI, checkout.cachedTemporal);
});

test('a TEMPORAL_CLI that does not run is refused in one sentence', async () => {
  await using checkout = await FakeCheckout.create();
  const run = await checkout.start({ TEMPORAL_CLI: '/nowhere/temporal' });
  assert.equal(run.code, 1);
  assert.match(
    run.stderr,
    /^everclip: TEMPORAL_CLI is \/nowhere\/temporal, which doesn't run: .*\.$/m,
  );
});

test('a temporal on PATH that does not run is passed over', async () => {
  await using checkout = await FakeCheckout.create();
  await checkout.program('temporal', 'exit 127');
  assert.equal((await checkout.start()).env().TEMPORAL_CLI, checkout.cachedTemporal);
});

test('the Temporal CLI is downloaded where that works', async () => {
  await using checkout = await FakeCheckout.create();
  await checkout.program('temporal', 'echo downloaded', 'archive');
  const archive = checkout.path('archive.tar.gz');
  execFileSync('tar', ['-czf', archive, '-C', checkout.path('archive'), 'temporal']);

  const run = await checkout.start({ DOWNLOADS: archive });
  assert.equal(run.code, 0, run.stderr);
  assert.match(run.stderr, /downloaded the Temporal CLI 1\.5\.1 in /);
  assert.match(await readFile(checkout.cachedTemporal, 'utf8'), /echo downloaded/);
  assert.deepEqual(await checkout.calls('go'), []);
});

test('a download that is damaged or does not run here falls to go install', async () => {
  await using checkout = await FakeCheckout.create();
  const archive = checkout.path('archive.tar.gz');

  await checkout.write('archive.tar.gz', '<html>not an archive</html>');
  assert.equal((await checkout.start({ DOWNLOADS: archive })).code, 0);
  assert.match(await readFile(checkout.cachedTemporal, 'utf8'), /from go/);

  await checkout.write('cache/everclip/bin/temporal-1.5.1/temporal', 'gone');
  await checkout.program('temporal', 'exit 126', 'archive');
  execFileSync('tar', ['-czf', archive, '-C', checkout.path('archive'), 'temporal']);
  const run = await checkout.start({ DOWNLOADS: archive });
  assert.match(run.stderr, /no download \(it doesn't run here\): building /);
  assert.match(await readFile(checkout.cachedTemporal, 'utf8'), /from go/);
});

test('without a download and without Go it says in one sentence what to do and exits 1', async () => {
  await using checkout = await FakeCheckout.create();
  await checkout.without('go');
  const run = await checkout.start();
  assert.equal(run.code, 1);
  assert.equal(run.stdout, '');
  assert.match(
    run.stderr,
    /^everclip: the Temporal CLI 1\.5\.1 can't be downloaded \(ENOTFOUND\) .*: install Go 1\.25 or newer .*, or set TEMPORAL_CLI .*\.$/m,
  );
});

test('a failing go install shows what Go said and exits 1', async () => {
  await using checkout = await FakeCheckout.create();
  await checkout.program('go', 'echo "go: no space left on device" >&2; exit 1');
  const run = await checkout.start();
  assert.equal(run.code, 1);
  assert.match(
    run.stderr,
    /no space left on device\neverclip: the Temporal CLI 1\.5\.1 could not be built/,
  );
});

test('a build killed in the middle leaves no binary, and the next set-up builds anew', async () => {
  await using checkout = await FakeCheckout.create();
  await checkout.program(
    'go',
    `echo half > "$GOBIN/temporal"; chmod +x "$GOBIN/temporal"; sleep 60`,
  );
  await killOnceCalled(checkout, 'go', 1);
  await assert.rejects(stat(checkout.cachedTemporal), { code: 'ENOENT' });

  await checkout.program('go', buildsTemporal('whole'));
  const run = await checkout.start();
  assert.equal(run.code, 0, run.stderr);
  assert.match(await readFile(checkout.cachedTemporal, 'utf8'), /whole/);
});

test('half a binary in the cache is replaced', async () => {
  await using checkout = await FakeCheckout.create();
  await checkout.write('cache/everclip/bin/temporal-1.5.1/temporal', '\x7fELF half');
  await chmod(checkout.cachedTemporal, 0o755);
  const run = await checkout.start();
  assert.equal(run.code, 0, run.stderr);
  assert.match(await readFile(checkout.cachedTemporal, 'utf8'), /from go/);
});

test('what killed builds left is removed, a running build is left alone', async () => {
  await using checkout = await FakeCheckout.create();
  await checkout.write('cache/everclip/bin/.partial-old/temporal', 'half');
  await checkout.write('cache/everclip/bin/.partial-running/temporal', 'half');
  const twoHoursAgo = Date.now() / 1000 - 7200;
  await utimes(checkout.path('cache/everclip/bin/.partial-old'), twoHoursAgo, twoHoursAgo);

  await checkout.start();
  await assert.rejects(stat(checkout.path('cache/everclip/bin/.partial-old')), { code: 'ENOENT' });
  await stat(checkout.path('cache/everclip/bin/.partial-running'));
});

test('packages are installed again when package-lock.json changed', async () => {
  await using checkout = await FakeCheckout.create();
  await checkout.start();
  await checkout.write('clone/package-lock.json', '{ "lockfileVersion": 3 }');
  await checkout.start();
  assert.equal((await checkout.calls('npm')).length, 2);
});

test('an npm ci that failed or was killed half-way is done anew', async () => {
  await using checkout = await FakeCheckout.create();
  const npm = await readFile(checkout.path('bin/npm'), 'utf8');
  await checkout.program(
    'npm',
    'mkdir -p node_modules/half; echo "npm error ETIMEDOUT" >&2; exit 1',
  );
  const failed = await checkout.start();
  assert.equal(failed.code, 1);
  assert.match(failed.stderr, /npm error ETIMEDOUT\neverclip: npm ci failed: .*\.\n/);

  await checkout.program('npm', 'mkdir -p node_modules/half; sleep 60');
  await killOnceCalled(checkout, 'npm', 2);

  await writeFile(checkout.path('bin/npm'), npm);
  const run = await checkout.start();
  assert.equal(run.code, 0, run.stderr);
  assert.equal((await checkout.calls('npm')).length, 3);
});

test('a changed source is compiled again, and a failed compilation stops the start', async () => {
  await using checkout = await FakeCheckout.create();
  await checkout.start();
  await checkout.write('clone/src/index.ts', 'something wrong');
  const broken = await checkout.start();
  assert.equal(broken.code, 1);
  assert.equal(broken.stdout, '');
  assert.match(broken.stderr, /TS2322/);

  await checkout.write('clone/src/index.ts', 'mended');
  assert.equal((await checkout.start()).code, 0);
  assert.equal((await checkout.calls('tsc')).length, 3);
});

test('with TEMPORAL_ADDRESS in .env no Temporal CLI is installed', async () => {
  await using checkout = await FakeCheckout.create();
  await checkout.write('clone/.env', 'TEMPORAL_ADDRESS=temporal.example:7233\nLOG_LEVEL=debug\n');
  const run = await checkout.start({ LOG_LEVEL: 'warn' });
  assert.equal(run.code, 0, run.stderr);
  assert.equal(run.env().TEMPORAL_CLI, undefined);
  assert.equal(run.env().LOG_LEVEL, 'warn', 'the environment goes before .env');
  assert.deepEqual(await checkout.calls('go'), []);
});

test('FFMPEG_PATH and FFPROBE_PATH go before PATH', async () => {
  await using checkout = await FakeCheckout.create();
  const mine = await checkout.program('mine', 'exit 0', 'elsewhere');
  const run = await checkout.start({ FFMPEG_PATH: mine });
  assert.equal(run.env().FFMPEG_PATH, mine);
  assert.equal(run.env().FFPROBE_PATH, checkout.path('bin/ffprobe'));

  const wrong = await checkout.start({ FFMPEG_PATH: '/nowhere/ffmpeg' });
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /^everclip: FFMPEG_PATH is \/nowhere\/ffmpeg, .*\.$/m);
});

test('a missing ffmpeg that nothing can install is one sentence and exit 1', async () => {
  await using checkout = await FakeCheckout.create();
  await checkout.without('ffprobe');
  const run = await checkout.start();
  assert.equal(run.code, 1);
  assert.match(
    run.stderr,
    /^everclip: ffmpeg and ffprobe are missing .*FFMPEG_PATH and FFPROBE_PATH.*\.$/m,
  );
});

test('a missing ffmpeg is installed with apt-get, and its noise is kept from us', async () => {
  await using checkout = await FakeCheckout.create();
  await checkout.without('ffmpeg');
  const ffmpeg = checkout.path('bin/ffmpeg');
  await checkout.program('sudo', 'shift; exec "$@"');
  await checkout.program(
    'apt-get',
    `case "$*" in *ffmpeg) printf '#!/bin/sh\\n' > ${ffmpeg}; chmod +x ${ffmpeg};; esac; echo noise`,
  );
  const run = await checkout.start();
  assert.equal(run.code, 0, run.stderr);
  assert.equal(run.env().FFMPEG_PATH, ffmpeg);
  assert.match(run.stderr, /installed ffmpeg in /);
  assert.doesNotMatch(run.stderr, /noise/);
  assert.equal((await checkout.calls('apt-get')).length, 2);
});

test('a benchmark has stdout to itself, and an unknown one is refused', async () => {
  await using checkout = await FakeCheckout.create();
  await checkout.write('clone/bench/pipeline.ts', '');
  const list = await checkout.run('bench');
  assert.match(list.stdout, /pipeline/);
  const unknown = await checkout.run('bench', ['pipelin']);
  assert.equal(unknown.code, 1);
  assert.match(unknown.stderr, /There is no benchmark "pipelin"/);
});

test('a test filter that matches nothing is a failure, not a success of no tests', async () => {
  await using checkout = await FakeCheckout.create();
  await checkout.write('clone/test/clip.test.ts', "test('a clip has an id', () => {});");
  const run = await checkout.run('test', ['a clpi']);
  assert.equal(run.code, 1);
  assert.match(run.stderr, /No test has "a clpi" in its path or name\./);
});

/** Starts a set-up and kills it, and all that it started, when it has called the fake for the nth time. */
async function killOnceCalled(checkout: FakeCheckout, name: string, times: number): Promise<void> {
  const child = checkout.spawn('start');
  const ended = once(child, 'exit');
  while ((await checkout.calls(name)).length < times) await sleep(20);
  await sleep(50);
  process.kill(-child.pid!, 'SIGKILL');
  await ended;
}
