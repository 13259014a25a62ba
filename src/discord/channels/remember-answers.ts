import { BoundedMap } from '../../bounded-map.ts';
import type { Get } from '../rest-client.ts';

interface Remembered {
  answer: unknown;
  /** Epoch milliseconds. */
  untilMs: number;
}

/**
 * Creates a `get` that repeats an answer for `keptMs` milliseconds instead of sending the request again. Failures are
 * not remembered. Callers must not change the answer, because all of them get the same object.
 */
export function rememberAnswers(
  get: Get,
  { keptMs, maxAnswers }: { keptMs: number; maxAnswers: number },
): Get {
  const isOver = ({ untilMs }: Remembered): boolean => untilMs <= Date.now();
  const remembered = new BoundedMap<string, Remembered>(maxAnswers, isOver);
  return async <T>(...[path, options = {}]: Parameters<Get>): Promise<T> => {
    const key = JSON.stringify([path, options.query ?? {}]);
    const known = remembered.get(key);
    if (known && !isOver(known)) return known.answer as T;
    const answer = await get<T>(path, options);
    remembered.set(key, { answer, untilMs: Date.now() + keptMs });
    return answer;
  };
}
