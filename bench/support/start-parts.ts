import { pino } from 'pino';
import { parseConfig } from '../../src/config.ts';
import type { Emulator } from '../../src/emulator/emulator.ts';
import { startIngest } from '../../src/ingest/start-ingest.ts';
import { noMetrics } from '../../src/metrics.ts';
import type { Running } from '../../src/run-until-signal.ts';
import { startWorker } from '../../src/workers/start-worker.ts';
import type { Server } from './server/dev-server.ts';

/**
 * Starts a worker and ingest in this process, and waits until ingest listens to the emulator's gateway. The returned
 * list has the order in which the parts must stop. `settings` are further settings of both parts.
 */
export async function startParts(
  emulator: Emulator,
  server: Server,
  dataDir: string,
  settings: Record<string, string> = {},
): Promise<Running[]> {
  const config = parseConfig({
    TOKEN: emulator.token,
    DISCORD_API_URL: emulator.apiUrl,
    MEDIA_HOSTS: emulator.cdnOrigin,
    TEMPORAL_ADDRESS: `127.0.0.1:${server.config.temporalPort}`,
    DATA_DIR: dataDir,
    WORKFLOW_BUNDLE: process.env.WORKFLOW_BUNDLE,
    FFMPEG_PATH: process.env.FFMPEG_PATH,
    FFPROBE_PATH: process.env.FFPROBE_PATH,
    ...settings,
  });
  const log = pino({ level: 'fatal' }, process.stderr);
  const worker = await startWorker(config, log, noMetrics);
  let setListening!: () => void;
  const listening = new Promise<void>((resolve) => (setListening = resolve));
  const ready = (isReady: boolean): void => {
    if (isReady) setListening();
  };
  const ingest = await startIngest(config, log, { ...noMetrics, ready });
  await listening;
  return [ingest, worker];
}
