import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loginFault } from '../../src/ingest/login-fault.ts';

const coded = (code: unknown, message = 'failed'): Error =>
  Object.assign(new Error(message), { code });

test('a login that failed is one sentence that says what to do', () => {
  const token = /^Discord rejected the bot token: set TOKEN/;
  for (const cause of [4004, coded('TokenInvalid'), coded(401)]) {
    assert.match(loginFault(cause).message, token);
  }
  const intent = /no Message Content intent: turn it on/;
  for (const cause of [4014, new Error('Used disallowed intents')]) {
    assert.match(loginFault(cause).message, intent);
  }
  assert.match(loginFault(4010).message, /closed for good with code 4010/);
  const away = loginFault(coded('ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:1')).message;
  assert.equal(
    away,
    "can't log in to Discord: connect ECONNREFUSED 127.0.0.1:1 (ECONNREFUSED); correct DISCORD_API_URL, or try again later",
  );
  assert.match(loginFault('odd').message, /can't log in to Discord: odd;/);
});
