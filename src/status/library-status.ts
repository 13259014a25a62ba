import { get, type IncomingMessage } from 'node:http';
import type { Config } from '../config.ts';
import { catalogFinding } from '../doctor/library-findings.ts';
import { messageOf } from '../errors.ts';

/** What the screen says about the library, one sentence each. */
export interface LibraryStatus {
  /** Whether the library answers at its address. */
  server: string;
  /** The catalog's number of clips and whether it is complete, as the database itself says. */
  catalog: string;
}

/** Longer than the library waits for its catalog before `/healthz` answers (src/library/routes/other-routes.ts). */
const MAX_WAIT_MS = 5000;

/** The library's answer has fewer than 100 bytes. Another program may answer with a whole page. */
const MAX_BODY_BYTES = 4096;

/** Asks the library and the catalog's database. If one of them does not answer, its sentence says so. */
export async function readLibraryStatus(config: Config): Promise<LibraryStatus> {
  const [server, { says }] = await Promise.all([
    describeServer(config.library.address),
    catalogFinding(config),
  ]);
  return { server, catalog: says };
}

async function describeServer(address: string): Promise<string> {
  const target = reachableAddress(address);
  try {
    const { status, body } = await readHealth(target);
    return describeAnswer(target, status, catalogStateIn(body));
  } catch (error) {
    return `does not answer at ${target} (${messageOf(error)}): start it, or correct LIBRARY_ADDRESS`;
  }
}

/**
 * Requests `/healthz`. The library answers 421 to the name of a host that is not its own (src/library/http/hosts.ts), so
 * the request says `localhost`, which `fetch` does not allow.
 * @throws Error if nothing answers in time
 */
async function readHealth(target: string): Promise<{ status: number; body: string }> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const signal = AbortSignal.timeout(MAX_WAIT_MS);
    const request = get(`http://${target}/healthz`, { headers: { host: 'localhost' }, signal });
    request.once('response', resolve).once('error', (error) => {
      reject(signal.aborted ? new Error(`no answer within ${MAX_WAIT_MS / 1000} s`) : error);
    });
  });
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) break;
    chunks.push(chunk);
  }
  return { status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() };
}

function describeAnswer(target: string, status: number, catalog: string | null): string {
  if (catalog === null) {
    return `another program answers at ${target} (status ${status}): correct LIBRARY_ADDRESS`;
  }
  if (catalog === 'unavailable') {
    return `answers at ${target}, but its catalog does not answer: pages are empty, and links keep working`;
  }
  return `answers at ${target}`;
}

/** Returns what the library says about its catalog, or null if the answer is not the library's. */
function catalogStateIn(body: string): string | null {
  try {
    const { catalog } = JSON.parse(body) as { catalog?: unknown };
    return typeof catalog === 'string' ? catalog : null;
  } catch {
    return null;
  }
}

/** Returns the address at which a client on this machine reaches a server that listens on all interfaces. */
function reachableAddress(address: string): string {
  return address.replace(/^0\.0\.0\.0:/, '127.0.0.1:').replace(/^\[::\]:/, '[::1]:');
}
