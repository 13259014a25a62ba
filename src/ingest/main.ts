import { loadConfig } from '../config.ts';
import { startHealthServer } from '../health/server.ts';
import { createLogger } from '../log.ts';
import { preflight } from '../preflight.ts';
import { runUntilSignal } from '../run-until-signal.ts';
import { installRuntime } from '../temporal/runtime.ts';
import { startIngest } from './start-ingest.ts';

await runUntilSignal(async (signal) => {
  const config = loadConfig();
  const log = createLogger(config.logLevel, 'ingest');
  const { metrics } = await startHealthServer(
    config.healthAddress,
    installRuntime(log, config.metricsAddress),
  );
  await preflight(config, ['channels'], log, signal);
  return await startIngest(config, log, metrics, signal);
}, 'ingest');
