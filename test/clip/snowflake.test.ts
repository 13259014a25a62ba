import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  compareSnowflakes,
  isSnowflake,
  snowflakeAt,
  snowflakeTimeMs,
} from '../../src/clip/snowflake.ts';

const ids = fc.bigInt({ min: 10n ** 16n, max: 2n ** 64n - 1n }).map(String);

describe('snowflakes', () => {
  test('a snowflake contains its creation time', () => {
    assert.equal(snowflakeTimeMs('1213063181631516641'), 1_709_287_200_125);
    // The example in Discord's documentation.
    assert.equal(snowflakeTimeMs('175928847299117063'), 1_462_015_105_796);
  });

  test('only strings of 17 to 20 digits that fit into 64 bits are snowflakes', () => {
    for (const id of ['12345678901234567', '1213063181631516641', '18446744073709551615']) {
      assert.equal(isSnowflake(id), true, id);
    }
    const others = [
      '1234567890123456',
      '123456789012345678901',
      // One more than the largest 64-bit number.
      '18446744073709551616',
      '12130631816315166x',
      '',
      ' 12130631816315166',
      '12130631816315166\n',
      1213063181631516672,
      null,
      undefined,
    ];
    for (const other of others) assert.equal(isSnowflake(other), false, String(other));
  });

  test('snowflakeAt returns the smallest id of the given millisecond', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1_420_070_400_001, max: 4_102_444_800_000 }), (timeMs) => {
        const id = snowflakeAt(timeMs);
        assert.equal(snowflakeTimeMs(id), timeMs);
        assert.equal(snowflakeTimeMs((BigInt(id) - 1n).toString()), timeMs - 1);
      }),
    );
  });

  test('snowflakes sort as numbers, even if their lengths differ', () => {
    fc.assert(
      fc.property(ids, ids, (a, b) => {
        const [x, y] = [BigInt(a), BigInt(b)];
        assert.equal(Math.sign(compareSnowflakes(a, b)), x < y ? -1 : x > y ? 1 : 0);
      }),
    );
    assert.ok(compareSnowflakes('99999999999999999', '100000000000000000') < 0);
    assert.ok(compareSnowflakes('0', '99999999999999999') < 0, 'zero comes first');
  });
});
