import { type Config, loadConfig, needsDiscord } from '../config.ts';
import { startHealthServer } from '../health/server.ts';
import { createLogger, type Logger } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { preflight, type Need } from '../preflight.ts';
import { runUntilSignal } from '../run-until-signal.ts';
import { installRuntime } from '../temporal/runtime.ts';
import { openCatalog } from '../catalog/open.ts';
import { createCatalogWriter, type CatalogWriter } from '../catalog/write/catalog-writer.ts';
import { startWorker } from './start-worker.ts';

function needsOf(config: Config): Need[] {
  const needs: Need[] = ['bucket'];
  if (config.workerQueues.includes('media')) needs.push('ffmpeg');
  if (needsDiscord(config)) needs.push('discord');
  return needs;
}

/** Opens the catalog for a worker that writes records. Returns null if there is no DATABASE_URL. */
function openCatalogWriter(config: Config, log: Logger, metrics: Metrics): CatalogWriter | null {
  if (!needsDiscord(config)) return null;
  if (config.databaseUrl === null) {
    log.warn(
      'DATABASE_URL is not set, so the library learns of new clips only once a day: set DATABASE_URL for worker and library',
    );
    return null;
  }
  const writer = createCatalogWriter(openCatalog(config), { metrics, log });
  // If a worker was killed, it may have written records that it could not tell the catalog of.
  writer.requestReconcile();
  return writer;
}

await runUntilSignal(async (signal) => {
  const config = loadConfig();
  const log = createLogger(config.logLevel, 'worker');
  const { metrics } = await startHealthServer(
    config.healthAddress,
    installRuntime(log, config.metricsAddress),
  );
  await preflight(config, needsOf(config), log, signal);
  const catalog = openCatalogWriter(config, log, metrics);
  const worker = await startWorker(config, log, metrics, catalog ? { catalog } : {});
  const untilStopped = async (): Promise<void> => {
    try {
      await worker.stopped;
    } finally {
      await catalog?.close();
    }
  };
  return { stopped: untilStopped(), stop: () => worker.stop() };
}, 'worker');
