import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseConfig, type Config } from '../../../src/config.ts';
import { startDevServer as startEmbeddedServer } from '../../../src/local/dev-server.ts';
import { freePort } from '../free-port.ts';
import { measureDatabase } from './database-size.ts';

/** A Temporal server to measure. */
export interface Server {
  config: Config;
  /** Null for a server that the benchmark did not start. */
  pid: number | null;
  /**
   * Stops the server if the benchmark started it.
   *
   * @returns the bytes in use in the server's database; for an external server, the bytes by which its database grew
   */
  stopAndMeasure(): Promise<number>;
}

/** Settings for every server that the benchmarks measure. */
export const BENCH_SETTINGS = {
  // The limit is so high that Everclip's own rate limit does not slow down the benchmark.
  DISCORD_REQUESTS_PER_SECOND: '10000',
};

/** Starts a dev server with a new database, as `npm start` does. */
export async function startDevServer(folder: string, workflowBundle: string): Promise<Server> {
  const dataDir = mkdtempSync(join(folder, 'server-'));
  const config = parseConfig({
    ...BENCH_SETTINGS,
    TEMPORAL_CLI: process.env.TEMPORAL_CLI,
    DATA_DIR: dataDir,
    TEMPORAL_PORT: String(await freePort()),
    WEB_UI_PORT: String(await freePort()),
    WORKFLOW_BUNDLE: workflowBundle,
  });
  // A dev server survives its parent, so this process must kill the server even while the server is starting.
  const kill = () => {
    try {
      process.kill(readPid(dataDir), 'SIGKILL');
    } catch {
      // The server never started, or it has exited.
    }
  };
  // This listener must run before the others, because one of them removes the file with the pid.
  process.prependListener('exit', kill);
  const server = await startEmbeddedServer(config);
  return {
    config,
    pid: readPid(dataDir),
    async stopAndMeasure() {
      await server.stop();
      process.off('exit', kill);
      const bytes = await measureDatabase(config.temporalCli, join(dataDir, 'temporal.db'));
      rmSync(dataDir, { recursive: true });
      return bytes;
    },
  };
}

/** Returns the dev server's process id, which src/local/dev-server.ts writes to a file. */
function readPid(dataDir: string): number {
  const file = readFileSync(join(dataDir, 'temporal.json'), 'utf8');
  return (JSON.parse(file) as { pid: number }).pid;
}
