import type { Logger } from '../log.ts';
import type { Running } from '../run-until-signal.ts';
import type { DevServer } from './dev-server.ts';
import { messageOf } from '../errors.ts';

const LOOK_EVERY_MS = 1000;

/**
 * Starts the dev server again whenever its process has died: without it nothing goes on, and nobody
 * would hear why. `stop` ends the watch, and then the server. It rejects with one sentence where the
 * server can't be started again.
 */
export function keepServer(
  first: DevServer,
  { relaunch, log }: { relaunch: () => Promise<DevServer>; log: Logger },
): Running {
  let server = first;
  let stopping = false;
  let wake: () => void = () => undefined;

  async function watch(): Promise<void> {
    for (;;) {
      await new Promise<void>((resolve) => {
        wake = resolve;
        setTimeout(resolve, LOOK_EVERY_MS);
      });
      if (stopping) break;
      if (server.isAlive()) continue;
      log.warn('the Temporal server has died: starting it again');
      server = await relaunch().catch((error: unknown) => {
        const why = messageOf(error);
        throw new Error(`the Temporal server has died and can't be started again: ${why}`, {
          cause: error,
        });
      });
      log.info('the Temporal server is back: everything goes on');
    }
    await server.stop();
  }

  const stopped = watch();
  // Whoever listens later hears of it all the same.
  stopped.catch(() => undefined);
  return {
    stopped,
    stop() {
      stopping = true;
      wake();
    },
  };
}
