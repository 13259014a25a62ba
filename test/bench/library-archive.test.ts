import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createRecord, refreshRecord } from '../../bench/library/archive/record.ts';
import { keyOf, writeBucket } from '../../bench/library/archive/write-bucket.ts';
import { COMMON_WORDS } from '../../bench/library/archive/vocabulary.ts';
import { newPathOf, pathOf, QUERY_KINDS } from '../../bench/library/queries.ts';
import { parseChannelRecord } from '../../src/clip/channel-record.ts';
import { leaseOf } from '../../src/clip/lease.ts';
import { parseRecord } from '../../src/clip/record.ts';

const SIZE = { clips: 200, signedAtMs: Date.UTC(2026, 10, 1) };

test('an invented clip has the same record in each run of the benchmark', () => {
  assert.deepEqual(createRecord(7, SIZE), createRecord(7, SIZE));
  assert.notEqual(createRecord(7, SIZE).Id, createRecord(8, SIZE).Id);
});

test('a refresh of an invented clip changes only the link and the revision', () => {
  const record = createRecord(7, SIZE);
  const refreshed = refreshRecord(record, SIZE.signedAtMs + 60_000);
  const changed = Object.keys(record).filter(
    (name) => record[name as keyof typeof record] !== refreshed[name as keyof typeof record],
  );
  assert.deepEqual(changed, ['Attachment_URL', 'Expire_Timestamp', 'Revision']);
  assert.equal(refreshed.Attachment_URL.split('?')[0], record.Attachment_URL.split('?')[0]);
  assert.equal(leaseOf(refreshed.Attachment_URL)?.expiresAt, refreshed.Expire_Timestamp);
});

test('the invented bucket has a readable object for each clip, channel and poster', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'everclip-archive-'));
  try {
    const liveIds = new Set(writeBucket(folder, SIZE));
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    const records = files.filter((name) => /^messages.*\.json$/.test(name));
    const channels = files.filter((name) => /^channels.*\.json$/.test(name));
    assert.equal(records.length, SIZE.clips);
    assert.ok(channels.length > 50 && files.some((name) => name.startsWith('userData')));
    for (const name of records) {
      const record = parseRecord(readFileSync(join(folder, name), 'utf8'));
      assert.ok(record !== null);
      assert.equal(keyOf(record), name);
      assert.equal(liveIds.has(record.Id), record.Status === 'live');
    }
    for (const name of channels) {
      assert.ok(parseChannelRecord(readFileSync(join(folder, name), 'utf8')) !== null);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('the benchmark asks 100 different searches, and no typo begins a word of the archive', () => {
  const queries = QUERY_KINDS.flatMap(({ kind, queries: texts }) =>
    texts.map((text) => `${kind} ${text}`),
  );
  assert.equal(new Set(queries).size, 100);
  const typos = QUERY_KINDS.find(({ kind }) => kind === 'typo')?.queries ?? [];
  const words = [...COMMON_WORDS];
  for (const typo of typos) {
    assert.ok(!words.some((word) => word.startsWith(typo)), typo);
  }
});

test('a new search keeps the conditions of the given search, and is unique', () => {
  const paths = QUERY_KINDS.flatMap(({ kind, queries }) =>
    queries.map((query) => pathOf(kind, query)),
  );
  const newPaths = paths.flatMap((path) => [newPathOf(path, 1), newPathOf(path, 2)]);
  assert.equal(new Set([...paths, ...newPaths]).size, 300);
  for (const path of paths) {
    const given = new URL(path, 'http://x').searchParams;
    const changed = new URL(newPathOf(path, 1), 'http://x').searchParams;
    for (const [name, value] of given) assert.ok(changed.getAll(name).includes(value), path);
  }
});
