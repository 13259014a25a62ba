import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { after, describe, test } from 'node:test';
import {
  MAX_REQUESTS_OF_CONNECTION,
  startServer,
  type RunningServer,
} from '../../src/library/http/server.ts';
import { until } from '../support/wait.ts';

const REQUEST = 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n';
/** More than the buffers of both ends of a connection hold. */
const LARGE = new Uint8Array(16 * 1024 * 1024);

const servers: RunningServer[] = [];

/** Starts a server that counts the requests. */
async function serve(body: Uint8Array<ArrayBuffer>, options: { maxSilenceMs?: number } = {}) {
  const requests = { count: 0 };
  const fetch = () => {
    requests.count++;
    return new Response(body);
  };
  const listener = { fetch, onInvalid: () => new Response(null, { status: 400 }) };
  const server = await startServer(listener, '127.0.0.1:0', options);
  servers.push(server);
  return { port: server.port, requests };
}

/** Opens a connection that reads nothing. */
async function openSilently(port: number, bytes: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(bytes);
  return socket;
}

describe('clients that send much and read little', () => {
  after(async () => {
    for (const server of servers) server.stop();
    await Promise.all(servers.map(({ stopped }) => stopped));
  });

  test('a client that sends many requests and reads nothing gets only the first answer made', async () => {
    const { port, requests } = await serve(LARGE);
    const silent = await openSilently(port, REQUEST.repeat(50));
    await until('the first request', () => requests.count > 0);
    // All requests arrived in one packet. Without turns, all would be answered at once.
    await new Promise(setImmediate);
    assert.equal(requests.count, 1);
    silent.destroy();
  });

  test('a client that reads nothing loses its connection', async () => {
    const { port } = await serve(LARGE, { maxSilenceMs: 200 });
    const silent = await openSilently(port, REQUEST);
    let hasFailed = false;
    const poll = setInterval(() => silent.write('x', (error) => (hasFailed ||= !!error)), 20);
    await until('the end of the connection', () => hasFailed, 10_000).finally(() =>
      clearInterval(poll),
    );
    silent.destroy();
  });

  test('a connection takes 100 requests, and a client that reads gets all answers', async () => {
    const { port, requests } = await serve(new Uint8Array(3));
    const socket = connect(port, '127.0.0.1');
    let answers = '';
    socket.setEncoding('latin1').on('data', (text: string) => (answers += text));
    socket.write(REQUEST.repeat(MAX_REQUESTS_OF_CONNECTION + 1));
    await until('the refusal', () => answers.includes('HTTP/1.1 503'));
    socket.destroy();
    assert.equal(answers.match(/HTTP\/1\.1 200/g)?.length, MAX_REQUESTS_OF_CONNECTION);
    assert.equal(requests.count, MAX_REQUESTS_OF_CONNECTION);
  });
});
