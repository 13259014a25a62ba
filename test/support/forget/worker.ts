// A worker that runs only the activities of the workflows that forget, and can be told to kill itself in the middle:
// after some deletions of objects, or after some tombstones.

import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { createActivities } from '../../../src/activities/create-activities.ts';
import { isTombstone } from '../../../src/clip/forget/tombstone.ts';
import { createFolderBucket } from '../../../src/store/folder/bucket.ts';
import { createExecutions } from '../../../src/temporal/executions.ts';
import { createFakePorts } from '../fake-ports.ts';

const { ADDRESS = '', TASK_QUEUE = '', BUCKET = '' } = process.env;
const { KILL_AFTER_TOMBSTONES, KILL_AFTER_DELETIONS } = process.env;

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
      const version = await bucket.write(key, body, options);
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
console.log('worker ready');
await worker.run();
