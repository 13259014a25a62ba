import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseConfig } from '../../../src/config.ts';
import { startDevServer } from '../../../src/local/dev-server.ts';
import { isAlive } from '../../../src/process-identity.ts';
import { freeReservedPort } from '../free-port.ts';
import { temporalCli } from '../temporal.ts';
import { until } from '../wait.ts';
import type { Guard } from './guard.ts';

/** The dev server of `npm start`, with its database in a folder. The server keeps its port after a restart. */
export interface StackServer {
  readonly address: string;
  start(): Promise<void>;
  /** Kills the server with -9 and waits for its end. */
  kill(): Promise<void>;
}

/** Prepares a dev server without starting it. */
export async function createStackServer(folder: string, guard: Guard): Promise<StackServer> {
  const port = await freeReservedPort();
  const config = parseConfig({
    DATA_DIR: folder,
    TEMPORAL_PORT: String(port),
    WEB_UI_PORT: String(await freeReservedPort()),
    TEMPORAL_CLI: temporalCli(),
  });
  let pid = 0;
  let identity = '';
  return {
    address: `127.0.0.1:${port}`,
    async start() {
      await startDevServer(config);
      const file = readFileSync(join(folder, 'temporal.json'), 'utf8');
      ({ pid, identity } = JSON.parse(file) as { pid: number; identity: string });
      guard.watch(pid);
    },
    async kill() {
      process.kill(pid, 'SIGKILL');
      await until('the dev server to end', () => !isAlive(identity));
    },
  };
}
