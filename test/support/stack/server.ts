import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { parseConfig } from '../../../src/config.ts';
import { startDevServer } from '../../../src/local/dev-server.ts';
import type { Guard } from './guard.ts';
import { temporalCli } from '../temporal.ts';
import { until } from '../wait.ts';

/** The dev server that `npm start` runs, on a database in a folder and always on the same port. */
export interface StackServer {
  readonly address: string;
  start(): Promise<void>;
  /** kill -9, and waits until it is gone. */
  kill(): Promise<void>;
}

/** A dev server that isn't started yet. */
export async function stackServer(folder: string, guard: Guard): Promise<StackServer> {
  const [port, uiPort] = [await quietPort(), await quietPort()];
  const config = parseConfig({
    DATA_DIR: folder,
    TEMPORAL_PORT: String(port),
    WEB_UI_PORT: String(uiPort),
    TEMPORAL_CLI: temporalCli(),
  });
  let pid = 0;
  return {
    address: `127.0.0.1:${port}`,
    async start() {
      await startDevServer(config);
      const file = readFileSync(join(folder, 'temporal.json'), 'utf8');
      ({ pid } = JSON.parse(file) as { pid: number });
      guard.watch(pid);
    },
    async kill() {
      process.kill(pid, 'SIGKILL');
      await until('the dev server to be gone', () => !isAlive(pid));
    },
  };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/**
 * A free port below those that systems hand out by themselves: it must still be free when a killed
 * server wants it back.
 */
async function quietPort(): Promise<number> {
  for (;;) {
    const port = 12_000 + Math.floor(Math.random() * 20_000);
    const isFree = await new Promise<boolean>((resolve) => {
      const server = createServer()
        .on('error', () => {
          resolve(false);
        })
        .listen(port, '127.0.0.1', () => {
          server.close(() => {
            resolve(true);
          });
        });
    });
    if (isFree) return port;
  }
}
