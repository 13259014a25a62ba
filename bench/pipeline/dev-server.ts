import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseConfig } from '../../src/config.ts';
import { startDevServer } from '../../src/local/dev-server.ts';
import { emptyJournal } from './empty-journal.ts';
import { freePort } from './free-port.ts';
import type { Server } from './server.ts';
import { usedBytes } from './used-bytes.ts';

/** A dev server with a database of its own, as `npm start` runs it. */
export async function devServer(folder: string, workflowBundle: string): Promise<Server> {
  const dataDir = mkdtempSync(join(folder, 'server-'));
  const config = parseConfig({
    ...{ TEMPORAL_CLI: process.env.TEMPORAL_CLI, DATA_DIR: dataDir },
    ...{ TEMPORAL_PORT: String(await freePort()), WEB_UI_PORT: String(await freePort()) },
    WORKFLOW_BUNDLE: workflowBundle,
    // Else this limit would be what is measured.
    DISCORD_REQUESTS_PER_SECOND: '10000',
  });
  // The dev server outlives a killed parent: this process must end it, even if it is still starting.
  const kill = () => {
    try {
      process.kill(pidIn(dataDir), 'SIGKILL');
    } catch {
      // It never started, or has ended.
    }
  };
  // First of all, for another listener removes the file that names it.
  process.prependListener('exit', kill);
  const server = await startDevServer(config);
  return {
    config,
    pid: pidIn(dataDir),
    async stopAndMeasure() {
      await server.stop();
      process.off('exit', kill);
      const database = join(dataDir, 'temporal.db');
      await emptyJournal(config.temporalCli, database);
      const bytes = usedBytes(database);
      rmSync(dataDir, { recursive: true });
      return bytes;
    },
  };
}

/** The dev server's process, as src/local/dev-server.ts notes it. */
function pidIn(dataDir: string): number {
  const noted = JSON.parse(readFileSync(join(dataDir, 'temporal.json'), 'utf8')) as { pid: number };
  return noted.pid;
}
