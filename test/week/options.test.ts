import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FULL_MESSAGES, readOptions } from '../support/week/options.ts';

test('the week test takes a list of seeds, and a week has 2,000 messages unless another number is given', () => {
  assert.deepEqual(readOptions(['--seeds', '1']), { seeds: [1], messages: FULL_MESSAGES });
  assert.deepEqual(readOptions(['--seeds', '7,8,9', '--messages', '250']), {
    seeds: [7, 8, 9],
    messages: 250,
  });
});

test('the week test refuses missing, malformed and unknown arguments', () => {
  const refused = [
    [],
    ['--seeds'],
    ['--seeds', ''],
    ['--seeds', '1,'],
    ['--seeds', '1, 2'],
    ['--seeds', '-1'],
    ['--seeds', '1.5'],
    ['--seeds', '1', '--messages', '99'],
    ['--seeds', '1', '--messages', 'many'],
    ['--seeds', '1', '--messages', '1000000000'],
    ['--seeds', '1', '2'],
    ['--seed', '1'],
  ];
  for (const args of refused) assert.equal(readOptions(args), null, args.join(' '));
});
