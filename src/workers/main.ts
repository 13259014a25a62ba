import { type Config, loadConfig, needsDiscord } from '../config.ts';
import { startHealthServer } from '../health-server.ts';
import { createLogger } from '../log.ts';
import { preflight, type Need } from '../preflight.ts';
import { runUntilSignal } from '../run-until-signal.ts';
import { installRuntime } from '../temporal/runtime.ts';
import { startWorker } from './start-worker.ts';

function needsOf(config: Config): Need[] {
  const needs: Need[] = ['bucket'];
  if (config.workerQueues.includes('media')) needs.push('ffmpeg');
  if (needsDiscord(config)) needs.push('discord');
  return needs;
}

await runUntilSignal(async (signal) => {
  const config = loadConfig();
  const log = createLogger(config.logLevel, 'worker');
  const { metrics } = await startHealthServer(
    config.healthAddress,
    installRuntime(log, config.metricsAddress),
  );
  await preflight(config, needsOf(config), log, signal);
  return await startWorker(config, log, metrics);
}, 'worker');
