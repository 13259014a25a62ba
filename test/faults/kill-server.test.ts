import { after, before, test } from 'node:test';
import { assertSurvives } from '../support/stack/survival.ts';
import { startStack, type Stack } from '../support/stack/stack.ts';
import { pause } from '../support/wait.ts';

let stack: Stack<'clips'>;
before(async () => {
  stack = await startStack({ channels: ['clips'] });
});
after(() => stack.stop());

test('a kill -9 of the Temporal server while 100 clips are posted loses no clip and archives no clip twice', async () => {
  await assertSurvives(stack, async () => {
    await stack.server.kill();
    await pause(1000);
    await stack.server.start();
  });
});
