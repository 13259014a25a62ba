import { openCatalog } from '../catalog/open.ts';
import { startReconcileSchedule } from '../catalog/reconcile/schedule.ts';
import { ConfigError, loadConfig } from '../config.ts';
import { createLogger } from '../log.ts';
import { runUntilSignal } from '../run-until-signal.ts';
import { installRuntime } from '../temporal/runtime.ts';
import { openSources } from './open-sources.ts';
import { startLibrary } from './start-library.ts';

await runUntilSignal(async () => {
  const config = loadConfig();
  const log = createLogger(config.logLevel, 'library');
  const metrics = installRuntime(log, config.metricsAddress);
  if (config.databaseUrl === null) {
    throw new ConfigError(
      'DATABASE_URL is missing: set it for worker and library, or run both with npm start, which needs no database',
    );
  }
  const { catalog, store } = openCatalog(config);
  const sources = openSources(config, catalog, log);
  const library = await startLibrary(config, log, metrics, sources);
  const schedule = startReconcileSchedule({
    ...{ catalog, store, bucket: sources.bucket, log, metrics },
  });
  const untilStopped = async (): Promise<void> => {
    try {
      await library.stopped;
    } finally {
      schedule.stop();
      await schedule.stopped;
      await sources.close();
    }
  };
  return { stopped: untilStopped(), stop: () => library.stop() };
}, 'library');
