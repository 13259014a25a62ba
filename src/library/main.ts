import { loadConfig } from '../config.ts';
import { createLogger } from '../log.ts';
import { runUntilSignal } from '../run-until-signal.ts';
import { installRuntime } from '../temporal/runtime.ts';
import { openSources } from './open-sources.ts';
import { startLibrary } from './start-library.ts';

await runUntilSignal(async () => {
  const config = loadConfig();
  const log = createLogger(config.logLevel, 'library');
  const metrics = installRuntime(log, config.metricsAddress);
  const sources = openSources(config, log);
  const library = await startLibrary(config, log, metrics, sources);
  return {
    stopped: library.stopped.finally(() => sources.close()),
    stop() {
      library.stop();
    },
  };
}, 'library');
