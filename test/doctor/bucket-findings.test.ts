import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { parseConfig } from '../../src/config.ts';
import { bucketFindings } from '../../src/doctor/bucket-findings.ts';
import type { Finding } from '../../src/doctor/finding.ts';
import { startLocalServer } from '../support/local-server.ts';

const CRC32C_OF_PROBE = 'KXvQqg==';

/** A bucket with these settings and objects. Counts the requests that write or delete. */
async function serveBucket(
  t: TestContext,
  { settings = {}, items = [] }: { settings?: object; items?: object[] },
): Promise<{ find: () => Promise<Finding[]>; changes: () => number }> {
  let changes = 0;
  const { origin, stop } = await startLocalServer((request, response) => {
    const { method, url = '' } = request;
    const path = new URL(url, 'http://storage').pathname;
    if (method !== 'GET') changes++;
    const body = path.endsWith('/iam/testPermissions')
      ? { permissions: new URL(url, 'http://storage').searchParams.getAll('permissions') }
      : path.endsWith('/o')
        ? { items }
        : settings;
    request.resume().on('end', () => {
      response.writeHead(200, { 'content-type': 'application/json', 'x-goog-generation': '1' });
      const isProbe = url.includes('alt=media') && method === 'GET';
      const written = { size: '2', crc32c: CRC32C_OF_PROBE };
      response.end(isProbe ? '{}' : JSON.stringify(method === 'POST' ? written : body));
    });
  });
  t.after(stop);
  const config = parseConfig({
    BUCKET_NAME: 'clips',
    GCS_API_ENDPOINT: origin,
  });
  return { find: () => bucketFindings(config), changes: () => changes };
}

const DAY_SECONDS = 86_400;

test('if the bucket has a retention policy or a default hold, the doctor writes nothing and says what to do', async (t) => {
  const retentionPeriod = String(7 * DAY_SECONDS);
  for (const [settings, says] of [
    [
      { retentionPolicy: { retentionPeriod } },
      /^the retention policy of bucket clips keeps each object for 7 days, .*: remove the policy \(gcloud storage buckets update gs:\/\/clips --clear-retention-period\), or use another bucket\. Nothing was written$/,
    ],
    [
      { retentionPolicy: { retentionPeriod: '60', isLocked: true } },
      /keeps each object for 60 s, .*: the policy is locked, so use another bucket\. Nothing was written$/,
    ],
    [
      { defaultEventBasedHold: true },
      /^bucket clips puts each new object under an event-based hold, .*: turn the hold off \(gcloud .* --no-default-event-based-hold\)\. Nothing was written$/,
    ],
  ] as const) {
    const bucket = await serveBucket(t, { settings });
    const [finding, ...others] = await bucket.find();
    assert.deepEqual(others, []);
    assert.equal(finding?.check, 'bucket');
    assert.equal(finding.state, 'fault');
    assert.match(finding.says, says);
    assert.equal(bucket.changes(), 0);
  }
});

test('if nothing in the settings of the bucket hinders Everclip, the doctor writes, reads and deletes its probe', async (t) => {
  const settings = { retentionPolicy: null, defaultEventBasedHold: false };
  const bucket = await serveBucket(t, { settings, items: [{ name: 'a', temporaryHold: false }] });
  assert.deepEqual(
    (await bucket.find()).map(({ check, state }) => `${check} ${state}`),
    ['bucket ok', 'deletion ok'],
  );
  assert.equal(bucket.changes(), 2, 'one write and one deletion');
});

test('the doctor warns about records under a hold, and says what public access prevention means', async (t) => {
  const bucket = await serveBucket(t, {
    settings: { iamConfiguration: { publicAccessPrevention: 'enforced' } },
    items: [
      { name: 'messages/1/2.json', temporaryHold: true },
      { name: 'messages/1/3.json', eventBasedHold: true },
      { name: 'messages/1/4.json', retention: { mode: 'Unlocked' } },
      { name: 'messages/1/5.json', temporaryHold: false, eventBasedHold: false },
    ],
  });
  const findings = await bucket.find();
  const holds = findings.find(({ check }) => check === 'holds');
  assert.equal(holds?.state, 'warning');
  assert.match(holds.says, /^at least 3 records are under a hold .*: release the holds$/);
  const access = findings.find(({ check }) => check === 'public access');
  assert.equal(access?.state, 'ok');
  assert.match(access.says, /^public access prevention is on: only accounts with permission can /);
});
