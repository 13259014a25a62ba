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
const servers: RunningServer[] = [];

/** Starts a server whose answers never end, or have this text. Counts the requests and the answers that were given up. */
async function serve(text: string | null, options: { maxSilenceMs?: number } = {}) {
  const counts = { requests: 0, givenUp: 0 };
  const endless = () =>
    new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(65_536)),
      cancel: () => {
        counts.givenUp++;
      },
    });
  const fetch = () => {
    counts.requests++;
    return new Response(text ?? endless());
  };
  const listener = { fetch, onInvalid: () => new Response(null, { status: 400 }) };
  const server = await startServer(listener, '127.0.0.1:0', options);
  servers.push(server);
  return { port: server.port, counts };
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
    const { port, counts } = await serve(null);
    const silent = await openSilently(port, REQUEST.repeat(50));
    await until('the first request', () => counts.requests > 0);
    // All requests arrived in one packet. Without turns, all would be answered at once.
    await new Promise(setImmediate);
    assert.equal(counts.requests, 1);
    silent.destroy();
  });

  test('a client that reads nothing loses its connection', async () => {
    const { port, counts } = await serve(null, { maxSilenceMs: 100 });
    const ended = async () => {
      // On a busy machine, the connection may end before its request arrives.
      if (counts.requests === 0) await openSilently(port, REQUEST);
      return counts.givenUp > 0;
    };
    await until('the end of the connection', ended, 10_000);
  });

  test('a connection takes 100 requests, and a client that reads gets all answers', async () => {
    const { port, counts } = await serve('ok');
    const socket = connect(port, '127.0.0.1');
    let answers = '';
    socket.setEncoding('latin1').on('data', (text: string) => (answers += text));
    socket.write(REQUEST.repeat(MAX_REQUESTS_OF_CONNECTION + 1));
    await until('the refusal', () => answers.includes('HTTP/1.1 503'));
    socket.destroy();
    assert.equal(answers.match(/HTTP\/1\.1 200/g)?.length, MAX_REQUESTS_OF_CONNECTION);
    assert.equal(counts.requests, MAX_REQUESTS_OF_CONNECTION);
  });
});
