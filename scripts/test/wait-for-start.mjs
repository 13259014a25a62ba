// run-test-files.mjs passes this file to Node as `--import`, so that each test file waits for its start signal before
// anything else is loaded (start-signals.mjs).
import process from 'node:process';
import { isMainThread } from 'node:worker_threads';

const path = process.env.TEST_START_SOCKET;
// The programs that a test starts must not wait.
delete process.env.TEST_START_SOCKET;
if (path !== undefined && isMainThread) {
  const [{ connect }, { getPriority, setPriority }] = await Promise.all([
    import('node:net'),
    import('node:os'),
  ]);
  await new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.write(`${process.argv[1]}\n${process.pid}\n`);
    });
    // Without the runner, nobody gives a signal.
    socket.on('error', resolve);
    socket.setEncoding('utf8').once('data', (text) => {
      const priority = Number(text);
      if (getPriority() < priority) setPriority(priority);
      // The connection stays open until this process ends.
      socket.unref();
      resolve(undefined);
    });
  });
}
