import { loadConfig } from '../config.ts';
import { createLogger } from '../log.ts';
import { runUntilSignal } from '../run-until-signal.ts';
import { installRuntime } from '../temporal/runtime.ts';
import { startIngest } from './start-ingest.ts';

await runUntilSignal(async () => {
  const config = loadConfig();
  const log = createLogger(config.logLevel, 'ingest');
  installRuntime(log);
  return await startIngest(config, log);
});
