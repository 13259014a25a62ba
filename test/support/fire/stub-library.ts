import { startLocalServer, type LocalServer } from '../local-server.ts';

/** What a stub library answers to a request for a permalink. */
export interface StubAnswer {
  status: number;
  location?: string;
}

/** Starts a web server that answers every request with the result of `answer`. */
export async function startStubLibrary(answer: (path: string) => StubAnswer): Promise<LocalServer> {
  return await startLocalServer((request, response) => {
    const { status, location } = answer(request.url ?? '');
    response.writeHead(status, location === undefined ? {} : { location }).end();
  });
}
