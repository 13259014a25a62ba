import { BoundedMap } from '../../bounded-map.ts';
import type { Get } from '../rest-client.ts';

interface Remembered {
  answer: unknown;
  /** Epoch milliseconds. */
  untilMs: number;
}

/**
 * Returns a function that creates a `get`. All of them repeat an answer for `keptMs` milliseconds instead of sending the
 * request again, and then call `onRepeated`. Failures are not remembered. Callers must not change the answer, because all
 * of them get the same object.
 */
export function rememberAnswers(
  get: Get,
  { keptMs, maxAnswers }: { keptMs: number; maxAnswers: number },
): (onRepeated: () => void) => Get {
  const isOver = ({ untilMs }: Remembered): boolean => untilMs <= Date.now();
  const remembered = new BoundedMap<string, Remembered>(maxAnswers, isOver);
  return (onRepeated) =>
    async <T>(...[path, options = {}]: Parameters<Get>): Promise<T> => {
      const key = JSON.stringify([path, options.query ?? {}]);
      const known = remembered.get(key);
      if (known && !isOver(known)) {
        onRepeated();
        return known.answer as T;
      }
      const answer = await get<T>(path, options);
      remembered.set(key, { answer, untilMs: Date.now() + keptMs });
      return answer;
    };
}
