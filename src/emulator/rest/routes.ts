import type { EmulatorContext } from '../context.ts';

/** An authorized request to a route. */
export interface Call {
  readonly context: EmulatorContext;
  /** The ids in the path, one for each `:id` in the pattern, in order. */
  readonly ids: readonly string[];
  readonly query: URLSearchParams;
  /** The parsed JSON body of a POST. */
  readonly body: unknown;
}

export interface Route {
  readonly method: 'GET' | 'POST';
  /** Such as `/channels/:id/messages`. */
  readonly pattern: string;
  /**
   * @returns the JSON of a 200 answer
   * @throws ApiError for all other answers
   */
  readonly answer: (call: Call) => unknown;
}

export interface Match {
  readonly route: Route;
  readonly ids: readonly string[];
}

/**
 * Returns the first route that matches, or null if no route matches. `path` must not include the version or the query.
 * A literal pattern such as `/users/@me` must come before `/users/:id`, because `/users/:id` also matches the path
 * `/users/@me`.
 */
export function findRoute(routes: readonly Route[], method: string, path: string): Match | null {
  for (const route of routes) {
    const ids = route.method === method ? matchPath(route.pattern, path) : null;
    if (ids !== null) return { route, ids };
  }
  return null;
}

/** Returns the ids in a path, or null if the path does not match the pattern. */
function matchPath(pattern: string, path: string): string[] | null {
  const wanted = pattern.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return null;
  const ids: string[] = [];
  for (const [index, part] of wanted.entries()) {
    const actual = given[index] ?? '';
    if (part === ':id') ids.push(actual);
    else if (part !== actual) return null;
  }
  return ids;
}
