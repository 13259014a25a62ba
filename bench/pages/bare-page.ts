import { startLocalServer, type LocalServer } from '../../test/support/local-server.ts';

const PAGE = `<!doctype html>
<html lang="en">
<title>A bare page</title>
<h1>A bare page</h1>
<input aria-label="A field">
</html>`;

/** Serves a page without scripts, styles or pictures on a free port. */
export async function serveBarePage(): Promise<LocalServer> {
  return await startLocalServer(({ url }, response) => {
    // Chromium asks for an icon too.
    if (url !== '/') response.writeHead(404).end();
    else response.writeHead(200, { 'content-type': 'text/html' }).end(PAGE);
  });
}
