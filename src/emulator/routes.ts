import type { Presenter } from './present-message.ts';

/** What all routes need. */
export interface RestContext extends Presenter {
  /** The websocket's address, without a query. */
  readonly gatewayUrl: string;
  /** Whether the application may read other people's messages. */
  readonly hasContentIntent: () => boolean;
}

/** One request that has been let in. */
export interface Call {
  readonly context: RestContext;
  /** What stands in the path where the pattern has `:id`, in order. */
  readonly ids: readonly string[];
  readonly query: URLSearchParams;
  readonly body: unknown;
}

export interface Route {
  readonly method: 'GET' | 'POST';
  /** Such as `/channels/:id/messages`. */
  readonly pattern: string;
  /** @returns the JSON of the answer. @throws ApiError for all other answers */
  readonly answer: (call: Call) => unknown;
}

export interface Match {
  readonly route: Route;
  readonly ids: readonly string[];
}

/**
 * The first route for a path (without version and query), so that literal ones stand before those
 * with ids.
 */
export function findRoute(routes: readonly Route[], method: string, path: string) {
  for (const route of routes) {
    const ids = route.method === method ? matchPath(route.pattern, path) : undefined;
    if (ids !== undefined) return { route, ids } satisfies Match;
  }
  return undefined;
}

function matchPath(pattern: string, path: string): string[] | undefined {
  const wanted = pattern.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return undefined;
  const ids: string[] = [];
  for (const [index, part] of wanted.entries()) {
    const actual = given[index] ?? '';
    if (part === ':id') ids.push(actual);
    else if (part !== actual) return undefined;
  }
  return ids;
}
