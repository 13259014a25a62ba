import { loadConfig } from '../config.ts';
import { createLogger } from '../log.ts';
import { runUntilSignal } from '../run-until-signal.ts';
import { installRuntime } from '../temporal/runtime.ts';
import { startWorker } from './start-worker.ts';

await runUntilSignal(async () => {
  const config = loadConfig();
  const log = createLogger(config.logLevel, 'worker');
  installRuntime(log);
  return await startWorker(config, log);
});
