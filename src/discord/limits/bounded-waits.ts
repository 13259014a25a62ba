import type { REST, ResponseLike } from '@discordjs/rest';

/**
 * The longest wait that a header may ask for, in seconds. Discord's longest limit in practice is Cloudflare's ban of an
 * hour. After this time, one request shows whether the limit is over.
 */
const MAX_WAIT_SECONDS = 60 * 60;

/** The headers in which a server asks for a wait. Both contain seconds. */
const WAIT_HEADERS = ['Retry-After', 'X-RateLimit-Reset-After'];

/**
 * Makes a REST client wait at most an hour for any limit. discord.js accepts any number of seconds, however large.
 * After a header such as `Retry-After: 1e12`, discord.js would send no request until the process is restarted.
 */
export function boundWaits(rest: REST): void {
  const makeRequest = rest.options.makeRequest.bind(rest.options);
  rest.options.makeRequest = async (url, init) => {
    const response = await makeRequest(url, init);
    boundHeaders(response);
    return response;
  };
}

function boundHeaders({ headers }: ResponseLike): void {
  for (const name of WAIT_HEADERS) {
    if (Number(headers.get(name)) > MAX_WAIT_SECONDS) headers.set(name, String(MAX_WAIT_SECONDS));
  }
}
