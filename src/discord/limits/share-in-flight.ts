/**
 * Sends equal requests that are asked for at the same time only once. The ten clips of a message, or thirty backfills
 * of a server, then cost one request. Callers must not change what they get.
 *
 * `join` is called for each call that shares another call's request. It returns a function to call at the end, or throws
 * if the call must not wait.
 */
export function shareInFlight<Args extends unknown[]>(
  get: <T>(...args: Args) => Promise<T>,
  join: (...args: Args) => () => void = () => () => undefined,
): <T>(...args: Args) => Promise<T> {
  const inFlight = new Map<string, Promise<unknown>>();
  return async <T>(...args: Args): Promise<T> => {
    const key = JSON.stringify(args);
    const shared = inFlight.get(key);
    if (shared === undefined) {
      const answer = get<T>(...args).finally(() => inFlight.delete(key));
      inFlight.set(key, answer);
      return await answer;
    }
    const leave = join(...args);
    try {
      return (await shared) as T;
    } finally {
      leave();
    }
  };
}
