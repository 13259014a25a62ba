/**
 * Sends equal requests that are asked for at the same time only once. The ten clips of a message, or thirty backfills
 * of a server, then cost one request. Callers must not change what they get.
 */
export function shareInFlight<Args extends unknown[]>(
  get: <T>(...args: Args) => Promise<T>,
): <T>(...args: Args) => Promise<T> {
  const inFlight = new Map<string, Promise<unknown>>();
  return async <T>(...args: Args): Promise<T> => {
    const key = JSON.stringify(args);
    let answer = inFlight.get(key);
    if (answer === undefined) {
      answer = get<T>(...args).finally(() => inFlight.delete(key));
      inFlight.set(key, answer);
    }
    return (await answer) as T;
  };
}
