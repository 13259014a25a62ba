import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, readFile, stat, utimes } from 'node:fs/promises';
import { test, type TestContext } from 'node:test';
import { FAKE_GCS_SERVER, TEMPORAL_CLI } from '../../scripts/setup/tools.mjs';
import { startLocalServer } from '../support/local-server.ts';
import { fakeGo, FakeCheckout } from './fake-checkout.ts';

const CACHE = 'cache/everclip/bin';

/** The path of the Temporal CLI's archive on GitHub. */
const { pathname: ARCHIVE } = new URL(TEMPORAL_CLI.archive);

/** Packs the fake `temporal` of the folder `archive`. */
async function packArchive(checkout: FakeCheckout): Promise<Buffer> {
  const archive = checkout.path('archive.tar.gz');
  execFileSync('tar', ['-czf', archive, '-C', checkout.path('archive'), 'temporal']);
  return await readFile(archive);
}

/** Starts a server with one file, at this path. Returns its URL and the paths that were requested. */
async function serve(t: TestContext, file: Buffer, path = ARCHIVE) {
  const requested: string[] = [];
  const { origin, stop } = await startLocalServer(({ url = '' }, response) => {
    requested.push(url);
    if (url === path) response.end(file);
    else response.writeHead(404).end();
  });
  t.after(stop);
  return { url: origin, requested };
}

/** Replaces the SHA-256 of this machine's archive in the checkout. Null: no sum is confirmed. */
async function expectSum(checkout: FakeCheckout, file: Buffer | null): Promise<void> {
  const path = 'clone/scripts/setup/tools.mjs';
  const source = await readFile(checkout.path(path), 'utf8');
  const sum = file && createHash('sha256').update(file).digest('hex');
  const changed = source.replace(
    'sha256: TEMPORAL_SHA256[target] ?? null',
    `sha256: ${JSON.stringify(sum)}`,
  );
  assert.notEqual(changed, source);
  await checkout.write(path, changed);
}

/** Replaces tar with a program that only records its calls. */
async function watchTar(checkout: FakeCheckout): Promise<void> {
  await checkout.removeProgram('tar');
  await checkout.addProgram('tar', 'exit 1');
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

test('if the archive of the Temporal CLI has the right SHA-256, the set-up does not build the CLI with Go', async (t) => {
  await using checkout = await FakeCheckout.create();
  await checkout.addProgram('temporal', 'echo downloaded', 'archive');
  const archive = await packArchive(checkout);
  await expectSum(checkout, archive);

  const { url, requested } = await serve(t, archive);
  const run = await checkout.start({ DOWNLOADS: url });
  assert.equal(run.code, 0, run.stderr);
  assert.match(run.stderr, /downloaded the Temporal CLI 1\.5\.1 in /);
  assert.match(await readFile(checkout.cachedTemporal, 'utf8'), /echo downloaded/);
  assert.deepEqual(await checkout.readCalls('go'), []);
  assert.deepEqual(requested, [ARCHIVE]);
});

test('if the archive of the Temporal CLI has another SHA-256, nothing is unpacked and the set-up builds the CLI with Go', async (t) => {
  await using checkout = await FakeCheckout.create();
  await checkout.addProgram('temporal', 'echo downloaded', 'archive');
  const archive = await packArchive(checkout);
  await watchTar(checkout);

  const run = await checkout.start({ DOWNLOADS: (await serve(t, archive)).url });
  assert.equal(run.code, 0, run.stderr);
  assert.match(
    run.stderr,
    /^everclip: could not download the Temporal CLI 1\.5\.1 \(the archive has another SHA-256 than expected and was not unpacked\); building it with go install \(/m,
  );
  assert.deepEqual(await checkout.readCalls('tar'), []);
  assert.match(await readFile(checkout.cachedTemporal, 'utf8'), /from go/);
});

test('if the server has no archive of that name, the set-up builds the CLI with Go', async (t) => {
  await using checkout = await FakeCheckout.create();
  const { url } = await serve(t, Buffer.from('other'), '/other.tar.gz');
  const run = await checkout.start({ DOWNLOADS: url });
  assert.equal(run.code, 0, run.stderr);
  assert.match(run.stderr, /\(HTTP 404\); building it /);
  assert.match(await readFile(checkout.cachedTemporal, 'utf8'), /from go/);
});

test('if no SHA-256 is confirmed for this system, the set-up downloads nothing and says why it builds with Go', async (t) => {
  await using checkout = await FakeCheckout.create();
  await expectSum(checkout, null);
  const { url, requested } = await serve(t, Buffer.from('unchecked'));
  const run = await checkout.start({ DOWNLOADS: url });
  assert.equal(run.code, 0, run.stderr);
  assert.match(
    run.stderr,
    /^everclip: no confirmed SHA-256 of the Temporal CLI 1\.5\.1 for this system, so it is not downloaded; building it with go install \(about 5 minutes, only once\) \.\.\.$/m,
  );
  assert.deepEqual(requested, []);
});

test('the archives have the names under which the projects publish them', () => {
  assert.match(
    TEMPORAL_CLI.archive,
    /^https:\/\/github\.com\/temporalio\/cli\/releases\/download\/v1\.5\.1\/temporal_cli_1\.5\.1_(linux|darwin)_(amd64|arm64)\.tar\.gz$/,
  );
  assert.match(
    FAKE_GCS_SERVER.archive,
    /\/releases\/download\/v1\.56\.1\/fake-gcs-server_1\.56\.1_(Linux|Darwin)_(amd64|arm64)\.tar\.gz$/,
  );
  for (const { sha256 } of [TEMPORAL_CLI, FAKE_GCS_SERVER]) {
    if (sha256 !== null) assert.match(sha256, /^[0-9a-f]{64}$/);
  }
});

test('if the downloaded archive of the Temporal CLI is damaged, the set-up builds the CLI with Go', async (t) => {
  await using checkout = await FakeCheckout.create();

  const page = Buffer.from('<html>not an archive</html>');
  await expectSum(checkout, page);
  const damaged = await checkout.start({ DOWNLOADS: (await serve(t, page)).url });
  assert.equal(damaged.code, 0);
  assert.match(damaged.stderr, /\(the archive is damaged\); building it /);
  assert.match(await readFile(checkout.cachedTemporal, 'utf8'), /from go/);
});

test('if the downloaded Temporal CLI does not run on this machine, the set-up builds the CLI with Go', async (t) => {
  await using checkout = await FakeCheckout.create();
  await checkout.addProgram('temporal', 'exit 126', 'archive');
  const archive = await packArchive(checkout);
  await expectSum(checkout, archive);
  const run = await checkout.start({ DOWNLOADS: (await serve(t, archive)).url });
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
