/** A signal that aborts when nothing has come for a while, or when `outer` does. */
export interface IdleSignal {
  signal: AbortSignal;
  /** Call it for every sign of life. */
  alive: () => void;
  /** True once the time limit has struck. */
  isIdle: () => boolean;
  stop: () => void;
}

/** Starts the clock at once; `stop` it in a `finally`. */
export function idleSignal(outer: AbortSignal, idleMs: number): IdleSignal {
  const controller = new AbortController();
  let idle = false;
  const strike = (): void => {
    idle = true;
    controller.abort();
  };
  const abort = (): void => controller.abort(outer.reason);
  let timer = setTimeout(strike, idleMs);
  outer.addEventListener('abort', abort, { once: true });
  if (outer.aborted) abort();
  return {
    signal: controller.signal,
    alive: () => {
      clearTimeout(timer);
      timer = setTimeout(strike, idleMs);
    },
    isIdle: () => idle,
    stop: () => {
      clearTimeout(timer);
      outer.removeEventListener('abort', abort);
    },
  };
}
