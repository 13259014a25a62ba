import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, readFile, stat, utimes } from 'node:fs/promises';
import { test } from 'node:test';
import { fakeGo, FakeCheckout } from './fake-checkout.ts';

const CACHE = 'cache/everclip/bin';

/** Packs the fake `temporal` of the folder `archive`; returns the path of the tar.gz file. */
function packArchive(checkout: FakeCheckout): string {
  const archive = checkout.path('archive.tar.gz');
  execFileSync('tar', ['-czf', archive, '-C', checkout.path('archive'), 'temporal']);
  return archive;
}

test('the set-up tries TEMPORAL_CLI first, then the temporal command on PATH, then the cached Temporal CLI', async () => {
  await using checkout = await FakeCheckout.create();
  await checkout.start();
  const onPath = await checkout.addProgram('temporal', 'echo temporal version 9.9.9');
  const named = await checkout.addProgram('mine', 'echo mine', 'elsewhere');

  const byVariable = await checkout.start({ TEMPORAL_CLI: named });
  assert.equal(byVariable.env().TEMPORAL_CLI, named);
  const byPath = await checkout.start();
  assert.equal(byPath.env().TEMPORAL_CLI, onPath);
  assert.match(byPath.stderr, /using temporal version 9\.9\.9 at /);
  await checkout.removeProgram('temporal');
  assert.equal((await checkout.start()).env().TEMPORAL_CLI, checkout.cachedTemporal);
});

test('if TEMPORAL_CLI does not run, npm start exits with 1 and says to correct TEMPORAL_CLI', async () => {
  await using checkout = await FakeCheckout.create();
  const run = await checkout.start({ TEMPORAL_CLI: '/nowhere/temporal' });
  assert.equal(run.code, 1);
  assert.match(
    run.stderr,
    /^everclip: TEMPORAL_CLI is \/nowhere\/temporal, which does not run: correct TEMPORAL_CLI.*\.$/m,
  );
});

test('if the temporal command on PATH does not run, the set-up ignores that command', async () => {
  await using checkout = await FakeCheckout.create();
  await checkout.addProgram('temporal', 'exit 127');
  assert.equal((await checkout.start()).env().TEMPORAL_CLI, checkout.cachedTemporal);
});

test('if the download of the Temporal CLI succeeds, the set-up does not build the CLI with Go', async () => {
  await using checkout = await FakeCheckout.create();
  await checkout.addProgram('temporal', 'echo downloaded', 'archive');

  const run = await checkout.start({ DOWNLOADS: packArchive(checkout) });
  assert.equal(run.code, 0, run.stderr);
  assert.match(run.stderr, /downloaded the Temporal CLI 1\.5\.1 in /);
  assert.match(await readFile(checkout.cachedTemporal, 'utf8'), /echo downloaded/);
  assert.deepEqual(await checkout.readCalls('go'), []);
});

test('if the downloaded Temporal CLI is damaged or does not run, the set-up builds the CLI with Go', async () => {
  await using checkout = await FakeCheckout.create();

  await checkout.write('archive.tar.gz', '<html>not an archive</html>');
  const damaged = await checkout.start({ DOWNLOADS: checkout.path('archive.tar.gz') });
  assert.equal(damaged.code, 0);
  assert.match(damaged.stderr, /\(the archive is damaged\); building it /);
  assert.match(await readFile(checkout.cachedTemporal, 'utf8'), /from go/);

  await checkout.write(`${CACHE}/temporal-1.5.1/temporal`, 'gone');
  await checkout.addProgram('temporal', 'exit 126', 'archive');
  const run = await checkout.start({ DOWNLOADS: packArchive(checkout) });
  assert.match(run.stderr, /\(the binary does not run on this machine\); building it /);
  assert.match(await readFile(checkout.cachedTemporal, 'utf8'), /from go/);
});

test('if the Temporal CLI cannot be downloaded and Go is missing, npm start exits with 1 and says what to do', async () => {
  await using checkout = await FakeCheckout.create();
  await checkout.removeProgram('go');
  const run = await checkout.start();
  assert.equal(run.code, 1);
  assert.equal(run.stdout, '');
  assert.match(
    run.stderr,
    /^everclip: could not download the Temporal CLI 1\.5\.1 \(ENOTFOUND\), .*Go is missing: install Go 1\.25 or newer .*, or set TEMPORAL_CLI .*\.$/m,
  );
});

test('if go install fails, the set-up exits with 1 and shows what Go printed', async () => {
  await using checkout = await FakeCheckout.create();
  await checkout.addProgram('go', 'echo "go: no space left on device" >&2; exit 1');
  const run = await checkout.start();
  assert.equal(run.code, 1);
  assert.match(
    run.stderr,
    /no space left on device\neverclip: could not build the Temporal CLI 1\.5\.1 with Go: /,
  );
});

test('if a build of the Temporal CLI is killed, no binary is cached and the next set-up builds again', async () => {
  await using checkout = await FakeCheckout.create();
  await checkout.addProgram(
    'go',
    `echo half > "$GOBIN/temporal"; chmod +x "$GOBIN/temporal"; sleep 60`,
  );
  await checkout.startAndKill('go', 1);
  await assert.rejects(stat(checkout.cachedTemporal), { code: 'ENOENT' });

  await checkout.addProgram('go', fakeGo('whole'));
  const run = await checkout.start();
  assert.equal(run.code, 0, run.stderr);
  assert.match(await readFile(checkout.cachedTemporal, 'utf8'), /whole/);
});

test('if the cached Temporal CLI is truncated, the set-up builds the CLI again', async () => {
  await using checkout = await FakeCheckout.create();
  await checkout.write(`${CACHE}/temporal-1.5.1/temporal`, '\x7fELF half');
  await chmod(checkout.cachedTemporal, 0o755);
  const run = await checkout.start();
  assert.equal(run.code, 0, run.stderr);
  assert.match(await readFile(checkout.cachedTemporal, 'utf8'), /from go/);
});

test('the set-up removes the partial files of old builds, but keeps the partial files of a running build', async () => {
  await using checkout = await FakeCheckout.create();
  await checkout.write(`${CACHE}/.partial-old/temporal`, 'half');
  await checkout.write(`${CACHE}/.partial-running/temporal`, 'half');
  const twoHoursAgo = Date.now() / 1000 - 7200;
  await utimes(checkout.path(`${CACHE}/.partial-old`), twoHoursAgo, twoHoursAgo);

  await checkout.start();
  await assert.rejects(stat(checkout.path(`${CACHE}/.partial-old`)), { code: 'ENOENT' });
  await stat(checkout.path(`${CACHE}/.partial-running`));
});
