import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isFailure } from '../../src/errors.ts';
import { parseAuditInput, parseChannelAuditInput } from '../../src/workflows/audit/input.ts';

const ID = '1196521684992000058';

/** Returns the sentence with which the input is rejected. */
function faultOf(input: unknown, parse: (input: unknown) => unknown = parseAuditInput): string {
  try {
    parse(input);
  } catch (error) {
    assert.ok(isFailure(error, 'InvalidInput'));
    return (error as Error).message;
  }
  return assert.fail(`${JSON.stringify(input)} was accepted`);
}

describe('the input of an audit', () => {
  test('names a channel, a guild or everything, and can leave threads out', () => {
    assert.deepEqual(parseAuditInput({ channelId: ID }), { channelId: ID, threads: true });
    assert.deepEqual(parseAuditInput({ guildId: ID }), { guildId: ID, threads: true });
    assert.deepEqual(parseAuditInput({ all: true, threads: false }), { all: true, threads: false });
  });

  test('that names nothing or more than one scope is rejected with one sentence', () => {
    for (const input of [undefined, null, [], 'x', {}, { channelId: ID, all: true }]) {
      assert.match(
        faultOf(input),
        /^an audit needs exactly one of channelId, guildId and "all": true, as in --input/,
      );
    }
  });

  test('with a wrong field is rejected with a sentence that says what to write', () => {
    assert.match(
      faultOf({ channel: ID }),
      /^unknown field "channel"; expected channelId, guildId,/,
    );
    assert.match(faultOf({ channelId: 5 }), /^channelId is a number, and JSON rounds numbers/);
    assert.match(faultOf({ guildId: 'club' }), /^guildId is not a Discord id: write its 17 to 20/);
    assert.match(faultOf({ all: false }), /^all must be true, without quotes$/);
    assert.match(faultOf({ all: true, threads: 'no' }), /^threads must be true or false/);
    assert.match(
      faultOf({}, parseChannelAuditInput),
      /^channelId is missing: start the workflow au/,
    );
  });
});
