import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const PAGE = `<!doctype html>
<html lang="en">
<title>A bare page</title>
<h1>A bare page</h1>
<input aria-label="A field">
</html>`;

/** Serves a page without scripts, styles or pictures on a free port. */
export async function serveBarePage(): Promise<{ origin: string; stop: () => Promise<void> }> {
  const server = createServer(({ url }, response) => {
    // Chromium asks for an icon too.
    if (url !== '/') response.writeHead(404).end();
    else response.writeHead(200, { 'content-type': 'text/html' }).end(PAGE);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
