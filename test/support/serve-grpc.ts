import { once } from 'node:events';
import type { Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

/** The length of the header before a gRPC message: one byte for the compression, four for the message's length. */
const HEADER_BYTES = 5;

/**
 * Starts a server that answers every call with the status that `statusOf` chooses. If the status is 0, the answer also
 * has the message that `messageOf` chooses, which is empty by default. Returns the server's port.
 */
export async function serve(
  t: TestContext,
  server: Http2Server,
  statusOf: (path: string) => number = () => 16,
  messageOf: (path: string) => Uint8Array = () => new Uint8Array(),
): Promise<number> {
  const sessions = new Set<{ destroy(): void }>();
  server
    .on('session', (session) => void sessions.add(session))
    .on('sessionError', () => undefined)
    .on('stream', (stream, headers) => {
      const path = headers[':path'] ?? '';
      const status = String(statusOf(path));
      stream.respond(
        { ':status': 200, 'content-type': 'application/grpc' },
        { waitForTrailers: true },
      );
      stream.on('wantTrailers', () => {
        stream.sendTrailers({ 'grpc-status': status });
      });
      stream.end(status === '0' ? withHeader(messageOf(path)) : undefined);
    })
    .listen(0, 'localhost');
  await once(server, 'listening');
  t.after(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

function withHeader(message: Uint8Array): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(message.length, 1);
  return Buffer.concat([header, message]);
}
