import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { parseConfig } from '../../src/config.ts';
import { libraryFindings } from '../../src/doctor/library-findings.ts';
import { ownIdentity } from '../../src/process-identity.ts';

async function findingsOf(t: TestContext, env: Record<string, string>, owner = '') {
  const dataDir = await mkdtemp(join(tmpdir(), 'everclip-doctor-'));
  t.after(() => rm(dataDir, { recursive: true, force: true }));
  if (owner !== '') await writeFile(join(dataDir, 'running'), owner);
  const [catalog, library] = await libraryFindings(parseConfig({ DATA_DIR: dataDir, ...env }));
  assert.ok(catalog && library);
  return { catalog, library };
}

test('without settings, the doctor says that only this machine reaches the library', async (t) => {
  const { library } = await findingsOf(t, {});
  assert.equal(library.state, 'ok');
  assert.match(library.says, /^only this machine reaches the library at 127\.0\.0\.1:8240, so/);
});

test('in a container, the doctor names the published address of the library', async (t) => {
  const { library } = await findingsOf(t, {
    LIBRARY_ADDRESS: '0.0.0.0:8240',
    LIBRARY_PUBLISHED_ADDRESS: '127.0.0.1:9000',
  });
  assert.match(library.says, /^only this machine reaches the library at 127\.0\.0\.1:9000, so/);
});

test('the doctor warns if everybody sees the clips of private channels', async (t) => {
  const url = { LIBRARY_URL: 'https://clips.example.com' };
  assert.equal((await findingsOf(t, url)).library.state, 'ok');
  const { library } = await findingsOf(t, { ...url, LIBRARY_ACCESS: 'open' });
  assert.equal(library.state, 'warning');
  assert.match(
    library.says,
    /everybody who reaches https:\/\/clips\.example\.com sees the clips of/,
  );
});

test('the doctor says that Discord shows no previews without https', async (t) => {
  const { library } = await findingsOf(t, { LIBRARY_URL: 'http://clips.example.com' });
  assert.match(library.says, /without https, Discord shows no previews$/);
});

test('if other machines reach the library at an unknown address, the doctor reports a fault', async (t) => {
  const { library } = await findingsOf(t, { LIBRARY_ADDRESS: '0.0.0.0:8240' });
  assert.equal(library.state, 'fault');
  assert.match(library.says, /set LIBRARY_URL/);
});

test('the doctor warns about an embedded catalog that does not answer only if npm start runs', async (t) => {
  const stopped = await findingsOf(t, {});
  assert.equal(stopped.catalog.state, 'ok');
  assert.match(
    stopped.catalog.says,
    /was not checked, because it answers only while npm start runs$/,
  );
  const running = await findingsOf(t, {}, ownIdentity);
  assert.equal(running.catalog.state, 'warning');
  assert.match(running.catalog.says, /see the log of npm start; meanwhile pages are empty/);
});

test('the doctor warns about a database that does not answer, without its password', async (t) => {
  const { catalog } = await findingsOf(t, { DATABASE_URL: 'postgres://me:hush@127.0.0.1:1/clips' });
  assert.equal(catalog.state, 'warning');
  assert.match(catalog.says, /check DATABASE_URL and the database/);
  assert.doesNotMatch(catalog.says, /hush/);
});
