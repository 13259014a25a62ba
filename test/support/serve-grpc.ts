import { once } from 'node:events';
import type { Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

/**
 * Starts a server that answers every call with an empty message and the status that `statusOf` chooses. Returns its
 * port.
 */
export async function serve(
  t: TestContext,
  server: Http2Server,
  statusOf: (path: string) => number = () => 16,
): Promise<number> {
  const sessions = new Set<{ destroy(): void }>();
  server
    .on('session', (session) => void sessions.add(session))
    .on('sessionError', () => undefined)
    .on('stream', (stream, headers) => {
      const status = String(statusOf(headers[':path'] ?? ''));
      stream.respond(
        { ':status': 200, 'content-type': 'application/grpc' },
        { waitForTrailers: true },
      );
      stream.on('wantTrailers', () => {
        stream.sendTrailers({ 'grpc-status': status });
      });
      // A gRPC message begins with a header of five bytes, even if it is empty.
      stream.end(status === '0' ? Buffer.alloc(5) : undefined);
    })
    .listen(0, 'localhost');
  await once(server, 'listening');
  t.after(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}
