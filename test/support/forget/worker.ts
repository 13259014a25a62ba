// A worker that runs only activities, and can be told to kill itself in the middle: after some deletions of objects,
// after some tombstones, or after it stored a thumbnail when all clips are purged.

import { setTimeout as pause } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { createActivities } from '../../../src/activities/create-activities.ts';
import { isTombstone } from '../../../src/clip/forget/tombstone.ts';
import { createFolderBucket } from '../../../src/store/folder/bucket.ts';
import { createExecutions } from '../../../src/temporal/executions.ts';
import { createFakePorts } from '../fake-ports.ts';

const { ADDRESS = '', TASK_QUEUE = '', BUCKET = '' } = process.env;
const { KILL_AFTER_TOMBSTONES, KILL_AFTER_DELETIONS, KILL_AFTER_LATE_THUMBNAIL } = process.env;

const bucket = createFolderBucket(BUCKET);
let tombstones = 0;
let deletions = 0;
const ports = {
  ...createFakePorts(),
  executions: createExecutions(
    new Client({ connection: await Connection.connect({ address: ADDRESS }) }),
    TASK_QUEUE,
  ),
  bucket: {
    ...bucket,
    async write(...[key, body, options]: Parameters<typeof bucket.write>) {
      const isLate = KILL_AFTER_LATE_THUMBNAIL !== undefined && key.startsWith('thumb/');
      if (isLate) await untilAllArePurged();
      const version = await bucket.write(key, body, options);
      if (isLate) process.kill(process.pid, 'SIGKILL');
      if (typeof body === 'string' && isTombstone(body)) {
        tombstones += 1;
        if (tombstones === Number(KILL_AFTER_TOMBSTONES)) process.kill(process.pid, 'SIGKILL');
      }
      return version;
    },
    async delete(key: string) {
      await bucket.delete(key);
      deletions += 1;
      if (deletions === Number(KILL_AFTER_DELETIONS)) process.kill(process.pid, 'SIGKILL');
    },
  },
};
const worker = await Worker.create({
  connection: await NativeConnection.connect({ address: ADDRESS }),
  taskQueue: TASK_QUEUE,
  activities: createActivities(ports),
});
/** Waits until each record is the tombstone of a purge that is finished. */
async function untilAllArePurged(): Promise<void> {
  console.log('the thumbnail is about to be stored');
  for (;;) {
    const bodies: string[] = [];
    for await (const { key } of bucket.list('messages/')) {
      bodies.push((await bucket.read(key))?.body ?? '');
    }
    if (bodies.every((body) => isTombstone(body) && !body.includes('Unfinished'))) return;
    await pause(20);
  }
}

console.log('worker ready');
await worker.run();
