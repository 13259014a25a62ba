import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FULL_MESSAGES, readOptions } from '../support/week/options.ts';

test('the week test takes a list of seeds, and a week has 2,000 messages unless another number is given', () => {
  assert.deepEqual(readOptions(['--seeds', '1']), { seeds: [1], messages: FULL_MESSAGES });
  assert.deepEqual(readOptions(['--seeds', '7,8,9', '--messages', '250']), {
    seeds: [7, 8, 9],
    messages: 250,
  });
  assert.deepEqual(readOptions(['--seeds=1', '--messages=100']), { seeds: [1], messages: 100 });
});

test('the week test refuses missing, malformed and unknown arguments with a sentence that says what to write', () => {
  const missing = /^--seeds is missing; for example: npm run test:week -- --seeds 1,2,3 /;
  const seeds =
    /^--seeds must be whole numbers of at most 9 digits, with commas and no spaces; for /;
  const messages = /^--messages must be a whole number from 100 to 100000; for example: npm run /;
  const refused: [string[], RegExp][] = [
    [[], missing],
    [['--messages', '100'], missing],
    [['--seeds'], seeds],
    [['--seeds', ''], seeds],
    [['--seeds', '1,'], seeds],
    [['--seeds', '1, 2'], seeds],
    [['--seeds', '-1'], seeds],
    [['--seeds', '1.5'], seeds],
    [['--seeds', '1', '--messages'], messages],
    [['--seeds', '1', '--messages', ''], messages],
    [['--seeds', '1', '--messages', '99'], messages],
    [['--seeds', '1', '--messages', '60'], messages],
    [['--seeds', '1', '--messages', 'many'], messages],
    [['--seeds', '1', '--messages', '1000000000'], messages],
    [['--seeds', '1', '2'], /^unknown argument "2"; for example: npm run test:week -- --seeds /],
    [['--seed', '1'], /^unknown argument "--seed"; for example: /],
  ];
  for (const [args, sentence] of refused) {
    assert.throws(() => readOptions(args), { message: sentence }, args.join(' '));
  }
});
