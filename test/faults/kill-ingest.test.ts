import { after, before, test } from 'node:test';
import { assertSurvives } from '../support/stack/survival.ts';
import { startStack, type Stack } from '../support/stack/stack.ts';
import { pause } from '../support/wait.ts';

let stack: Stack<'clips'>;
before(async () => {
  stack = await startStack({ channels: ['clips'] });
});
after(() => stack.stop());

test('if the ingest process is killed while 100 clips are posted, each clip is still archived exactly once', async () => {
  await assertSurvives(stack, async () => {
    await stack.ingest.kill();
    await pause(1000);
    await stack.ingest.start();
  });
});
