import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ApplicationFailure } from '@temporalio/common';
import { ActivityFailure, RetryState, TimeoutFailure } from '@temporalio/common';
import fc from 'fast-check';
import {
  accessLost,
  applicationFailure,
  errorFacts,
  invalidInput,
  isFailure,
  linkExpired,
  linkRefused,
  mediaTooLarge,
  mediaUnreadable,
  messageGone,
  messageOf,
  serviceFailed,
  tokenRejected,
  withoutSecrets,
} from '../src/errors.ts';
import { addressRefused, rateLimited } from '../src/rate-limit-errors.ts';

/** A made-up part of a token. */
const segmentOf = (character: string, length: number): string => character.repeat(length);

const CONTEXT = { route: 'GET /channels/1/messages/2', status: 404, code: 10008 };

/** The error that a workflow catches when an activity fails with `cause`. */
const outOfAnActivity = (cause: Error): ActivityFailure =>
  new ActivityFailure('Activity task failed', 'refetch', '1', RetryState.TIMEOUT, 'worker', cause);

describe('failures', () => {
  test('each failure has the type and the retry behaviour that docs/design.md documents', () => {
    const failures: [ApplicationFailure, string, boolean][] = [
      [messageGone(CONTEXT), 'MessageGone', false],
      [accessLost(CONTEXT), 'AccessLost', false],
      [tokenRejected(CONTEXT), 'TokenRejected', true],
      [rateLimited(1, CONTEXT), 'RateLimited', true],
      [linkExpired(CONTEXT), 'LinkExpired', false],
      [mediaUnreadable('no video'), 'MediaUnreadable', false],
      [mediaTooLarge('too large'), 'MediaTooLarge', false],
      [invalidInput('no id'), 'InvalidInput', false],
      [linkRefused('LinkUnavailable', 'not now', 5), 'LinkUnavailable', false],
      [serviceFailed('it is down'), 'ServiceFailed', true],
    ];
    for (const [failure, type, isRetried] of failures) {
      assert.equal(failure.type, type);
      assert.equal(!failure.nonRetryable, isRetried, type);
      assert.ok(isFailure(failure, type as 'MessageGone'));
    }
  });

  test('expected failures, such as a deleted message, have the Temporal category BENIGN, and faults do not', () => {
    const everyday = [
      ...[messageGone(CONTEXT), accessLost(CONTEXT), rateLimited(1, CONTEXT), linkExpired(CONTEXT)],
      ...[mediaUnreadable('no video'), mediaTooLarge('too large')],
      linkRefused('LinkUnavailable', 'not now', null),
    ];
    for (const { category, type } of everyday) assert.equal(category, 'BENIGN', type ?? '');
    const faults = [tokenRejected(CONTEXT), invalidInput('no id'), serviceFailed('it is down')];
    for (const { category, type } of faults) assert.notEqual(category, 'BENIGN', type ?? '');
  });

  test('the message of a failure says what happened or what to do, and names the request', () => {
    assert.equal(
      messageGone(CONTEXT).message,
      'the message or its attachment no longer exists (GET /channels/1/messages/2, 404, code 10008)',
    );
    assert.match(
      accessLost({ route: 'GET /channels/1' }).message,
      /View Channel.*\(GET \/channels\/1\)$/,
    );
    assert.match(tokenRejected(CONTEXT).message, /set TOKEN/);
    assert.equal(serviceFailed('it is down').message, 'it is down');
    assert.equal(serviceFailed('it is down', CONTEXT).message.split(' (')[0], 'it is down');
    assert.equal(invalidInput('write this instead').message, 'write this instead');
  });

  test('if Discord gives a waiting time, the retry waits that long, and otherwise the usual back-off applies', () => {
    assert.equal(tokenRejected(CONTEXT).nextRetryDelay, 300_000);
    assert.equal(rateLimited(1234, CONTEXT).nextRetryDelay, 1234);
    assert.match(rateLimited(1234, CONTEXT).message, /^rate limited; retrying in 2 s/);
    assert.equal(rateLimited(1, CONTEXT).nextRetryDelay, 50, 'at least 50 ms');
    assert.equal(rateLimited(0, CONTEXT).nextRetryDelay, undefined);
    assert.equal(serviceFailed('it is down').nextRetryDelay, undefined);
  });

  test('if Cloudflare refuses the IP address and names no wait or 0, the retry waits a minute', () => {
    assert.equal(addressRefused(null, CONTEXT).nextRetryDelay, 60_000);
    assert.equal(addressRefused(0, CONTEXT).nextRetryDelay, 60_000);
    assert.match(addressRefused(0, CONTEXT).message, /^Cloudflare refuses .*; retrying in 60 s/);
    assert.equal(addressRefused(1, CONTEXT).nextRetryDelay, 1000, 'at least a second');
    assert.equal(addressRefused(600_000, CONTEXT).nextRetryDelay, 600_000);
  });

  test('if an answer names a very long wait, the retry waits at most an hour', () => {
    const MONTH_MS = 31 * 24 * 3_600_000;
    for (const failure of [rateLimited(MONTH_MS, CONTEXT), addressRefused(MONTH_MS, CONTEXT)]) {
      assert.equal(failure.nextRetryDelay, 3_600_000);
      assert.match(failure.message, /retrying in 3600 s/);
    }
  });

  test('isFailure recognises only failures that Everclip creates, whether thrown directly or wrapped by an activity', () => {
    const gone = messageGone(CONTEXT);
    assert.equal(applicationFailure(gone), gone);
    assert.equal(applicationFailure(outOfAnActivity(gone)), gone);
    assert.equal(isFailure(outOfAnActivity(gone), 'MessageGone'), true);
    assert.equal(isFailure(outOfAnActivity(gone), 'AccessLost'), false);
    const timeout = outOfAnActivity(new TimeoutFailure('heartbeat', undefined, 'HEARTBEAT'));
    for (const other of [new Error('MessageGone'), 'MessageGone', null, undefined, timeout]) {
      assert.equal(applicationFailure(other), null);
      assert.equal(isFailure(other, 'MessageGone'), false);
    }
  });

  test('errorFacts returns the type and message of any error', () => {
    const unreadable = { type: 'MediaUnreadable', message: 'no video' };
    assert.deepEqual(errorFacts(mediaUnreadable('no video')), unreadable);
    assert.deepEqual(errorFacts(outOfAnActivity(mediaUnreadable('no video'))), unreadable);
    const timeout = new TimeoutFailure('activity timed out', undefined, 'HEARTBEAT');
    assert.deepEqual(errorFacts(outOfAnActivity(timeout)), {
      type: 'TimeoutFailure',
      message: 'activity timed out',
    });
    assert.deepEqual(errorFacts(new TypeError('x is undefined')), {
      type: 'TypeError',
      message: 'x is undefined',
    });
    assert.deepEqual(errorFacts('just text'), { type: 'Error', message: 'just text' });
  });
});

describe('secrets', () => {
  const hex = (least: number, most: number) =>
    fc.stringMatching(new RegExp(`^[0-9a-f]{${least},${most}}$`));
  const segment = (least: number, most: number) =>
    fc.stringMatching(
      new RegExp(`^[A-Za-z0-9][A-Za-z0-9_-]{${least - 2},${most - 2}}[A-Za-z0-9]$`),
    );
  const words = fc.stringMatching(/^[a-z ,:()/"'{}]{0,20}$/);

  /** A signed link and its secret parts. */
  const links = fc
    .tuple(hex(8, 8), hex(8, 8), hex(64, 64), fc.shuffledSubarray([0, 1, 2], { minLength: 3 }))
    .map(([ex, is, hm, order]) => {
      const parameters = [`ex=${ex}`, `is=${is}`, `hm=${hm}`];
      const query = order.map((index) => parameters[index]).join('&');
      return {
        text: `https://cdn.discordapp.com/attachments/1/2/COMET.mp4?${query}&`,
        secrets: [hm, `ex=${ex}`, `is=${is}`],
      };
    });

  /** A Discord token, or a JWT of a compatible server. */
  const tokens = fc
    .oneof(
      fc.tuple(segment(24, 28), segment(6, 7), segment(27, 38)),
      fc.tuple(segment(20, 40), segment(30, 200), segment(43, 43)),
    )
    .map((parts) => ({ text: parts.join('.'), secrets: parts }));

  const secretTexts = fc.oneof(
    links,
    tokens,
    tokens.map(({ text, secrets }) => ({ text: `Authorization: Bot ${text}`, secrets })),
  );

  test('a secret is removed from a text, whatever surrounds the secret', () => {
    fc.assert(
      fc.property(words, secretTexts, words, secretTexts, (before, one, between, other) => {
        const text = withoutSecrets(`${before} ${one.text} ${between} ${other.text}`);
        for (const secret of [...one.secrets, ...other.secrets]) {
          assert.ok(!text.includes(secret), `${secret} is in ${text}`);
        }
      }),
    );
  });

  test('if an error text contains a secret, neither the failure message nor the recorded error contains the secret', () => {
    fc.assert(
      fc.property(secretTexts, ({ text, secrets }) => {
        const context = { route: `GET ${text}`, code: text };
        const messages = [
          messageGone(context),
          accessLost(context),
          tokenRejected(context),
          rateLimited(1000, context),
          linkExpired(context),
          mediaUnreadable(text),
          mediaTooLarge(text),
          invalidInput(text),
          serviceFailed(text, context),
        ].map(({ message }) => message);
        messages.push(errorFacts(new Error(`fetch failed: ${text}`)).message);
        messages.push(errorFacts(`fetch failed: ${text}`).message);
        messages.push(errorFacts(outOfAnActivity(new Error(text))).message);
        for (const message of messages) {
          for (const secret of secrets) assert.ok(!message.includes(secret), message);
        }
      }),
    );
  });

  test('if a failure message is cut inside a token, no part of the token stays', () => {
    const parts = [segmentOf('a', 24), segmentOf('b', 6), segmentOf('c', 38)];
    const token = parts.join('.');
    for (let at = 1900; at <= 2000; at++) {
      for (const hidden of ['', '\u200b']) {
        const text = `${'x '.repeat(at / 2)}${token.slice(0, 40)}${hidden}${token.slice(40)} end`;
        const { message } = serviceFailed(text);
        for (const part of parts) assert.ok(!message.includes(part.slice(0, 2)), `${at}`);
      }
    }
  });

  test('removing the secrets from a text leaves the rest of the text unchanged', () => {
    const plain = [
      'https://cdn.discordapp.com/attachments/1213063181631516641/1213063179848942529/COMET.mp4?width=420&height=236',
      'clip-1213063181631516641-1213063179848942529 in messages/1196521684992000058/x.json',
      'GET /channels/1196521684992000058/messages/1213063181631516641, 404, code 10008',
      'the bot may not read #overtime: give it View Channel and Read Message History there',
      'Bot ready; 2024-03-01T10:00:00.125Z; storage.googleapis.com; this is=fine',
      'the.quick.brown.fox',
    ];
    for (const text of plain) assert.equal(withoutSecrets(text), text);
    assert.equal(
      withoutSecrets('x.mp4?ex=65e2f8a0&is=65e1a720&hm=00c0ffee&width=420'),
      'x.mp4?ex=…&is=…&hm=…&width=420',
    );
  });

  test('an error without a message is shown by its name', () => {
    class TransportError extends Error {
      override name = 'TransportError';
    }
    assert.equal(messageOf(new TransportError()), 'TransportError');
  });
});
