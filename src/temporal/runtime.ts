import {
  DefaultLogger,
  makeTelemetryFilterString,
  Runtime,
  type LogEntry,
  type MetricsExporterConfig,
} from '@temporalio/worker';
import { errorFacts } from '../errors.ts';
import type { Logger } from '../log.ts';
import { createMetrics, SECONDS_LEFT, SECONDS_LEFT_BUCKETS, type Metrics } from '../metrics.ts';

const LOG_METHODS = {
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
} as const;

/** The SDK logs this warning for every worker that serves only activities. Such workers are intended. */
const EXPECTED_WARNING = 'No workflows registered, not polling for workflow tasks';

/**
 * Installs the SDK's runtime. Call this once, before you create a worker or a connection.
 *
 * The SDK's log lines go to `log`. If `metricsAddress` (host and port) is not null, Prometheus can scrape this address
 * for the SDK's metrics and the returned metrics.
 */
export function installRuntime(log: Logger, metricsAddress: string | null): Metrics {
  Runtime.install({
    logger: new DefaultLogger(log.isLevelEnabled('debug') ? 'DEBUG' : 'INFO', (entry) => {
      log[logMethod(entry)](logFields(entry.meta ?? {}), entry.message);
    }),
    // The program handles signals itself, because it must stop ingest before the worker.
    shutdownSignals: [],
    telemetryOptions: {
      logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }) },
      ...(metricsAddress !== null && { metrics: metricsExporter(metricsAddress) }),
    },
  });
  return createMetrics(Runtime.instance().metricMeter);
}

function metricsExporter(bindAddress: string): MetricsExporterConfig {
  return {
    prometheus: {
      bindAddress,
      countersTotalSuffix: true,
      useSecondsForDurations: true,
      histogramBucketOverrides: { [SECONDS_LEFT]: SECONDS_LEFT_BUCKETS },
    },
  };
}

/** Chooses the log level. Log entries about the SDK itself are for developers, so they get the level debug. */
function logMethod({ level, meta, message }: LogEntry): (typeof LOG_METHODS)[LogEntry['level']] {
  const isOurs = meta?.sdkComponent === 'activity' || meta?.sdkComponent === 'workflow';
  // Retries are logged at level debug, because the retries of thousands of clips would hide everything else. The Web UI
  // shows a lasting failure under Pending Activities.
  const isRetry = typeof meta?.attempt === 'number' && meta.attempt > 1 && level === 'WARN';
  const isQuiet = (level === 'INFO' && !isOurs) || message.startsWith(EXPECTED_WARNING) || isRetry;
  return isQuiet ? 'debug' : LOG_METHODS[level];
}

/** Selects the fields that tell an operator which workflow and activity an entry is about. */
function logFields(meta: Record<string, unknown>): Record<string, unknown> {
  const { workflowId, activityType, attempt, error } = meta;
  const reason = error instanceof Error ? errorFacts(error) : null;
  return {
    ...(workflowId !== undefined && { workflow: workflowId }),
    ...(activityType !== undefined && { activity: activityType }),
    ...(typeof attempt === 'number' && attempt > 1 && { attempt }),
    ...(reason && { reason: `${reason.type}: ${reason.message}` }),
  };
}
