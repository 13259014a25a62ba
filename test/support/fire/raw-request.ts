import { request } from 'node:http';

export interface RawAnswer {
  status: number;
  location: string | null;
  body: string;
}

/** Sends a GET request exactly as given: `fetch` would normalise the path and forbid the header `Host`. */
export async function sendRaw(
  libraryUrl: string,
  path: string,
  headers: Record<string, string> = {},
): Promise<RawAnswer> {
  const { hostname, port } = new URL(libraryUrl);
  return await new Promise((resolve, reject) => {
    request({ hostname, port, path, headers, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.on('end', () => {
        const { statusCode: status = 0, headers: answered } = response;
        resolve({ status, location: answered.location ?? null, body });
      });
      response.on('error', reject);
    })
      .on('error', reject)
      .end();
  });
}
