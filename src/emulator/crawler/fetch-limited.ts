/** The server's answer does not do for a preview. The message is one of the faults of the preview. */
export class Refused extends Error {
  override name = 'Refused';
}

export interface Fetching {
  /** Ends when the crawler's time is over. */
  readonly signal: AbortSignal;
  /** Maps origins, such as `https://clips.example`, to the origins of local servers. */
  readonly servers: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  /** In lower case, without parameters. */
  readonly type: string;
  readonly headers: Headers;
  readonly body: Uint8Array;
  /** True if the body was longer than the limit. */
  readonly isCut: boolean;
  readonly redirects: number;
}

interface Request {
  readonly method?: 'GET' | 'HEAD';
  readonly headers: Readonly<Record<string, string>>;
  readonly maxBytes: number;
  readonly maxRedirects: number;
  /** True if http addresses are refused too, even as the target of a redirect. */
  readonly httpsOnly: boolean;
}

/**
 * Fetches an address and reads at most `maxBytes` of the body.
 * @throws Refused if the address is not allowed, if there are too many redirects or if the status is not 2xx
 */
export async function fetchLimited(
  address: string,
  { method = 'GET', headers, maxBytes, maxRedirects, httpsOnly }: Request,
  { signal, servers }: Fetching,
): Promise<Answer> {
  let url = parseAddress(address, httpsOnly);
  for (let redirects = 0; ; redirects++) {
    const local = `${servers[url.origin] ?? url.origin}${url.pathname}${url.search}`;
    const response = await fetch(local, { method, headers, redirect: 'manual', signal });
    const location = response.headers.get('location');
    if (response.status >= 300 && response.status < 400 && location !== null) {
      await response.body?.cancel();
      if (redirects === maxRedirects) {
        throw new Refused(
          `more than ${maxRedirects} ${maxRedirects === 1 ? 'redirect' : 'redirects'}`,
        );
      }
      if (!URL.canParse(location, url.href)) throw new Refused('a redirect leads nowhere');
      url = parseAddress(new URL(location, url.href).href, httpsOnly);
      continue;
    }
    if (!response.ok) {
      await response.body?.cancel();
      throw new Refused(`status ${response.status}`);
    }
    const type = response.headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase();
    const { body, isCut } = await readBody(response, maxBytes);
    const { status, headers: answered } = response;
    return { status, type: type ?? '', headers: answered, body, isCut, redirects };
  }
}

function parseAddress(address: string, httpsOnly: boolean): URL {
  // Discord resolves an address that begins with a slash. Other crawlers don't, so this crawler reports such an address.
  if (!URL.canParse(address)) throw new Refused('the address is not absolute');
  const url = new URL(address);
  const allowed = httpsOnly ? ['https:'] : ['https:', 'http:'];
  if (!allowed.includes(url.protocol))
    throw new Refused(`the address is not ${httpsOnly ? 'https' : 'http(s)'}`);
  return url;
}

async function readBody(
  response: Response,
  maxBytes: number,
): Promise<{ body: Uint8Array; isCut: boolean }> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = response.body?.getReader();
  while (reader !== undefined) {
    const read = await reader.read();
    if (read.done) break;
    const chunk = read.value as Uint8Array;
    chunks.push(chunk);
    length += chunk.length;
    if (length <= maxBytes) continue;
    await reader.cancel();
    break;
  }
  return { body: Buffer.concat(chunks).subarray(0, maxBytes), isCut: length > maxBytes };
}
