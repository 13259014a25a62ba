import type { Get } from '../rest-client.ts';

/** A request for which an answer may be fetched ahead. */
interface Request {
  path: `/${string}`;
  query: Record<string, string>;
}

/** Fetches answers before they are needed, so that a long listing does not wait for one answer after the other. */
export interface GetAhead {
  /** Returns the answer that was fetched ahead, or sends the request. */
  get: Get;
  /** Sends the requests that are not under way. Their failures are thrown when `get` asks for them. */
  begin(requests: readonly Request[]): void;
}

/** The answers are kept only as long as the returned object. */
export function createGetAhead(send: Get): GetAhead {
  const answers = new Map<string, Promise<unknown>>();
  const keyOf = ({ path, query }: Request): string => JSON.stringify([path, query]);
  return {
    async get<T>(...[path, options = {}]: Parameters<Get>): Promise<T> {
      const key = keyOf({ path, query: options.query ?? {} });
      const answer = answers.get(key);
      answers.delete(key);
      return answer === undefined ? await send<T>(path, options) : ((await answer) as T);
    },
    begin(requests) {
      for (const request of requests) {
        const key = keyOf(request);
        if (answers.has(key)) continue;
        const answer = send<unknown>(request.path, { query: request.query });
        answer.catch(() => undefined);
        answers.set(key, answer);
      }
    },
  };
}
