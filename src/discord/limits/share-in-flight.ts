/**
 * If several callers make the same request at the same time, sends the request only once. The ten clips of a message,
 * or thirty backfills of a server, then share one request. Callers must not change the answer, because all of them get
 * the same object.
 *
 * `join` is called for each call that shares another call's request. `join` returns a function to run when the call has
 * ended, or throws if the call must not wait.
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
