import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { tokenRejected } from '../../src/errors.ts';
import { isFatalClose, loginFault } from '../../src/ingest/login-fault.ts';

const REJECTED = tokenRejected({ route: 'GET /gateway/bot', status: 401 });

const coded = (code: unknown, message = 'failed'): Error =>
  Object.assign(new Error(message), { code });

describe('loginFault', () => {
  test('if the gateway or the login rejects the token, the error message says to set TOKEN', () => {
    for (const cause of [4004, coded('TokenInvalid'), REJECTED]) {
      assert.match(loginFault(cause).message, /^Discord rejected the bot token: set TOKEN/);
    }
  });

  test('if the Message Content intent is off, the error message says to turn the intent on', () => {
    for (const cause of [4014, new Error('Used disallowed intents')]) {
      assert.match(loginFault(cause).message, /no Message Content intent: turn it on/);
    }
  });

  test('if the gateway closes with a fatal code, the error message says what to do', () => {
    for (const code of [4004, 4010, 4011, 4012, 4013, 4014]) {
      assert.ok(isFatalClose(code), String(code));
      assert.match(loginFault(code).message, /^[^:]+: \w+ /);
    }
    for (const code of [1000, 1006, 4000, 4009]) assert.ok(!isFatalClose(code), String(code));
    assert.match(loginFault(4099).message, /gateway closed with code 4099: restart ingest/);
  });

  test('if the login fails unexpectedly, the error message contains the reason and names DISCORD_API_URL', () => {
    assert.equal(
      loginFault(coded('ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:1')).message,
      'login to Discord failed: connect ECONNREFUSED 127.0.0.1:1 (ECONNREFUSED); correct DISCORD_API_URL, or try again later',
    );
    assert.match(loginFault('odd').message, /login to Discord failed: odd;/);
  });
});
