import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Session, type SessionClient } from '../../../src/catalog/pglite/session.ts';
import { until } from '../../support/wait.ts';

interface TestClient extends SessionClient {
  leave: () => void;
  expelled: string | null;
}

/** A database that only knows whether a transaction is open, and a session on the database. */
function createSession({ maxTransactionMs }: { maxTransactionMs?: number } = {}) {
  const executed: string[] = [];
  const broken: string[] = [];
  let isOpen = false;
  const session = new Session({
    execute: (batch) => {
      const text = batch.toString('latin1').replace(/[^a-z0-9 ]/g, '');
      executed.push(text);
      if (text === 'begin') isOpen = true;
      if (text === 'commit' || text === 'rollback') isOpen = false;
      const ready = Buffer.from([90, 0, 0, 0, 5, (isOpen ? 'T' : 'I').charCodeAt(0)]);
      if (text !== 'damaged') return Promise.resolve(ready);
      const fields = Buffer.from('SERROR\0CXX001\0\0');
      const error = Buffer.concat([Buffer.from([69, 0, 0, 0, 4 + fields.length]), fields]);
      return Promise.resolve(Buffer.concat([error, ready]));
    },
    onBroken: (code) => broken.push(code),
    ...(maxTransactionMs === undefined ? {} : { maxTransactionMs }),
  });
  function connect(): TestClient {
    let isGone = false;
    const client: TestClient = {
      expelled: null,
      isGone: () => isGone,
      expel(code) {
        client.expelled = code;
        isGone = true;
      },
      leave() {
        isGone = true;
        session.leave(client);
      },
    };
    return client;
  }
  const send = (client: SessionClient, text: string) => session.run(client, Buffer.from(text));
  return { executed, broken, connect, send };
}

test('a client in a transaction goes first, and others wait until the transaction ends', async () => {
  const { executed, connect, send } = createSession();
  const [first, second] = [connect(), connect()];
  await send(first, 'begin');
  const waiting = send(second, 'other');
  await send(first, 'inside');
  assert.deepEqual(executed, ['begin', 'inside']);
  await send(first, 'commit');
  await waiting;
  assert.deepEqual(executed, ['begin', 'inside', 'commit', 'other']);
});

test('if a client disconnects in a transaction, the transaction is rolled back and others go on', async () => {
  const { executed, connect, send } = createSession();
  const [first, second] = [connect(), connect()];
  await send(first, 'begin');
  const waiting = send(second, 'other');
  first.leave();
  await waiting;
  assert.deepEqual(executed, ['begin', 'rollback', 'other']);
});

test('a statement of a client that has gone does not run', async () => {
  const { executed, connect, send } = createSession();
  const [first, second] = [connect(), connect()];
  await send(first, 'begin');
  const waiting = send(second, 'other');
  second.leave();
  await send(first, 'commit');
  assert.equal(await waiting, null);
  assert.deepEqual(executed, ['begin', 'commit']);
});

test('a transaction that takes too long is rolled back, and its client is told why', async () => {
  const { executed, connect, send } = createSession({ maxTransactionMs: 20 });
  const [first, second] = [connect(), connect()];
  await send(first, 'begin');
  await send(second, 'other');
  assert.equal(first.expelled, '25P04');
  assert.deepEqual(executed, ['begin', 'rollback', 'other']);
});

test('an error that means damaged files is reported', async () => {
  const { broken, connect, send } = createSession();
  await send(connect(), 'damaged');
  await until('the report', () => broken.length === 1);
  assert.deepEqual(broken, ['XX001']);
});
