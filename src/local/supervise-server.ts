import { setTimeout as pause } from 'node:timers/promises';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Running } from '../run-until-signal.ts';
import type { DevServer } from './dev-server.ts';

const CHECK_EVERY_MS = 1000;
/** A server may also end while it starts, for example if memory is short. */
const MAX_RESTARTS_IN_A_ROW = 3;

/**
 * Restarts the dev server whenever its process ends, because nothing works without the server.
 * @returns a handle: `stop` ends the supervision and then stops the server; `stopped` rejects if the
 * server can't be restarted
 */
export function superviseServer(
  first: DevServer,
  { restart, log }: { restart: () => Promise<DevServer>; log: Logger },
): Running {
  let server = first;
  const stopping = new AbortController();
  const { signal } = stopping;

  async function supervise(): Promise<void> {
    for (;;) {
      await pause(CHECK_EVERY_MS, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) break;
      if (server.isAlive()) continue;
      log.warn('the Temporal dev server ended unexpectedly; restarting it');
      server = await restartPatiently();
      log.info('the Temporal dev server is running again');
    }
    await server.stop();
  }

  async function restartPatiently(): Promise<DevServer> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await restart();
      } catch (error) {
        const reason = messageOf(error);
        if (attempt >= MAX_RESTARTS_IN_A_ROW || signal.aborted) {
          throw new Error(
            `the Temporal dev server ended unexpectedly and cannot be restarted: ${reason}`,
            { cause: error },
          );
        }
        log.warn({ reason }, 'the Temporal dev server did not start; trying again');
      }
    }
  }

  const stopped = supervise();
  // Mark the rejection as handled; callers that await `stopped` still see it.
  stopped.catch(() => undefined);
  return { stopped, stop: () => stopping.abort() };
}
