import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrontendReader, MAX_BATCH_BYTES } from '../../../src/catalog/pglite/frontend.ts';

function message(type: string, body: string | Buffer): Buffer {
  const bytes = Buffer.from(body);
  const header = Buffer.alloc(5);
  header.write(type, 'latin1');
  header.writeInt32BE(4 + bytes.length, 1);
  return Buffer.concat([header, bytes]);
}

function startup(version = 196608): Buffer {
  const bytes = Buffer.alloc(9);
  bytes.writeInt32BE(9, 0);
  bytes.writeInt32BE(version, 4);
  return bytes;
}

const PARSE = message('P', 'one');
const BIND = message('B', 'two');
const SYNC = message('S', '');
const QUERY = message('Q', 'select 1\0');

test('bytes that arrive one by one give the same events as bytes that arrive at once', () => {
  const bytes = Buffer.concat([startup(), PARSE, BIND, SYNC, QUERY, message('X', '')]);
  const expected = [
    { kind: 'startup' },
    { kind: 'batch', bytes: Buffer.concat([PARSE, BIND, SYNC]) },
    { kind: 'batch', bytes: QUERY },
    { kind: 'end' },
  ];
  assert.deepEqual(new FrontendReader().push(bytes), expected);
  const reader = new FrontendReader();
  assert.deepEqual(
    [...bytes].flatMap((byte) => reader.push(Buffer.from([byte]))),
    expected,
  );
});

test('a client that asks for encryption may start without encryption', () => {
  const reader = new FrontendReader();
  assert.deepEqual(reader.push(Buffer.concat([startup(80877103).subarray(0, 9), startup()])), [
    { kind: 'encryption' },
    { kind: 'startup' },
  ]);
});

test('messages without Sync are kept until Sync arrives', () => {
  const reader = new FrontendReader();
  reader.push(startup());
  assert.deepEqual(reader.push(Buffer.concat([PARSE, BIND])), []);
  assert.deepEqual(reader.push(SYNC), [
    { kind: 'batch', bytes: Buffer.concat([PARSE, BIND, SYNC]) },
  ]);
});

test('a batch above the limit is refused before its bytes are collected', () => {
  const reader = new FrontendReader();
  reader.push(startup());
  const header = Buffer.alloc(5);
  header.write('B', 'latin1');
  header.writeInt32BE(MAX_BATCH_BYTES, 1);
  assert.throws(() => reader.push(header), /too large/);
});

test('bytes that are not the protocol of PostgreSQL are refused', () => {
  assert.throws(
    () => new FrontendReader().push(Buffer.from('GET / HTTP/1.1\r\n\r\n')),
    /not a PostgreSQL client/,
  );
  for (const bytes of [message('d', 'copy'), Buffer.from([81, 0, 0, 0, 1])]) {
    const reader = new FrontendReader();
    reader.push(startup());
    assert.throws(() => reader.push(bytes), /not supported|invalid length/);
  }
});
