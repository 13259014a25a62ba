import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import type { BucketPort } from '../../../src/activities/ports.ts';
import { recordKey } from '../../../src/clip/clip.ts';
import { recordOf } from '../../../src/clip/record.ts';
import { noMetrics } from '../../../src/metrics.ts';
import { createFolderBucket } from '../../../src/store/folder/bucket.ts';
import { aState } from '../../activities/run-activity.ts';
import type { FakeBucket } from '../../support/fakes/bucket.ts';
import { createFakeReconciledCatalog } from '../../support/fakes/reconciled-catalog.ts';
import { FaultQueue } from '../../support/fakes/fault-queue.ts';

const STATE = aState();
const FIRST_ID = 1_196_521_684_992_000_000n;

/** Returns the key and the record of clip `n` in channel `channel`. */
export function aRecord(n: number, channel = 0, revision = 1) {
  const clip = {
    ...STATE.clip,
    channelId: String(FIRST_ID + BigInt(channel)),
    messageId: String(FIRST_ID + BigInt(1000 + n)),
  };
  return { key: recordKey(clip), record: recordOf({ ...STATE, clip, revision }, 1) };
}

/** A bucket that counts what is read, by default a folder bucket, and a catalog in memory. */
export async function stage(t: TestContext, memory?: FakeBucket) {
  const folder = await mkdtemp(join(tmpdir(), 'everclip-reconcile-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const files = memory ?? createFolderBucket(folder);
  const fake = createFakeReconciledCatalog();
  const lines: string[] = [];
  const outcomes: string[] = [];
  const reads: string[] = [];
  const beforeRead = new FaultQueue();
  const running = { now: 0, most: 0 };
  const bucket: Pick<BucketPort, 'list' | 'read'> = {
    list: (prefix) => files.list(prefix),
    async read(key) {
      reads.push(key);
      running.most = Math.max(running.most, ++running.now);
      try {
        await beforeRead.runNext();
        return await files.read(key);
      } finally {
        running.now -= 1;
      }
    },
  };
  const log = {
    info: (line: string) => void lines.push(line),
    warn: (line: string) => void lines.push(line),
  } as never;
  const metrics = {
    ...noMetrics,
    reconcileEnded: (outcome: string) => void outcomes.push(outcome),
  };
  const parts = { catalog: fake.catalog, store: fake.store, bucket, log, metrics };
  /** Writes an object without a sync to the disk, because the tests write hundreds of objects. */
  const put = async (key: string, body: object | string): Promise<void> => {
    const path = join(folder, key);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(`${path}.new`, typeof body === 'string' ? body : JSON.stringify(body));
    await rename(`${path}.new`, path);
  };
  const putRecord = (...args: Parameters<typeof aRecord>): Promise<void> => {
    const { key, record } = aRecord(...args);
    return put(key, record);
  };
  const remove = (key: string): Promise<void> => rm(join(folder, key), { recursive: true });
  /** Empties the lists of what was done. */
  const forget = (): void => {
    for (const list of [reads, fake.batches, fake.versionReads, lines]) list.length = 0;
  };
  return {
    ...fake,
    fake,
    parts,
    put,
    putRecord,
    remove,
    forget,
    reads,
    beforeRead,
    lines,
    outcomes,
    running,
    folder,
  };
}
