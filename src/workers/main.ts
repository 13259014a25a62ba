import { loadConfig } from '../config.ts';
import { createLogger } from '../log.ts';
import { preflight, type Need } from '../preflight.ts';
import { runUntilSignal } from '../run-until-signal.ts';
import { installRuntime } from '../temporal/runtime.ts';
import { startWorker } from './start-worker.ts';

await runUntilSignal(async (signal) => {
  const config = loadConfig();
  const log = createLogger(config.logLevel, 'worker');
  const metrics = installRuntime(log, config.metricsAddress);
  const makesThumbnails = config.workerQueues.includes('media');
  const needs: Need[] = makesThumbnails ? ['bucket', 'ffmpeg', 'discord'] : ['bucket', 'discord'];
  await preflight(config, needs, log, signal);
  return await startWorker(config, log, metrics);
}, 'worker');
