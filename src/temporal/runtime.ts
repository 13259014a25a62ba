import {
  DefaultLogger,
  makeTelemetryFilterString,
  Runtime,
  type LogEntry,
  type MetricsExporterConfig,
} from '@temporalio/worker';
import { errorFacts } from '../errors.ts';
import { createLogLimit, type LogLimit } from '../log-limit.ts';
import type { Logger } from '../log.ts';
import { createMetrics, SECONDS_LEFT, SECONDS_LEFT_BUCKETS, type Metrics } from '../metrics.ts';
import { FRESH_LINK_BUCKETS, FRESH_LINK_SECONDS } from '../metrics/library-metrics.ts';

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
    logger: new DefaultLogger(
      log.isLevelEnabled('debug') ? 'DEBUG' : 'INFO',
      createEntryWriter(log),
    ),
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
      histogramBucketOverrides: {
        [SECONDS_LEFT]: SECONDS_LEFT_BUCKETS,
        [FRESH_LINK_SECONDS]: FRESH_LINK_BUCKETS,
      },
    },
  };
}

/**
 * Returns the function that writes the SDK's log entries. In an outage, thousands of clips fail for the same reason.
 * The log gets one line a minute about the reason, and Pending Activities in the Web UI shows each clip.
 */
export function createEntryWriter(
  log: Pick<Logger, (typeof LOG_METHODS)[keyof typeof LOG_METHODS]>,
  limit: LogLimit = createLogLimit(),
): (entry: LogEntry) => void {
  return (entry) => {
    const { level, meta = {}, message } = entry;
    const fields = logFields(meta);
    const isOurs = meta.sdkComponent === 'activity' || meta.sdkComponent === 'workflow';
    // Log entries about the SDK itself are for developers, so they get the level debug.
    const isQuiet = (level === 'INFO' && !isOurs) || message.startsWith(EXPECTED_WARNING);
    // The SDK logs a warning for each failing activity. While Temporal is unreachable, the SDK also logs a warning for
    // each workflow task.
    const kind = `${message} ${String(fields.activity)} ${String(fields.reason)}`;
    const isRepeated = !isQuiet && level === 'WARN' && !limit.mayLog(kind);
    log[isQuiet || isRepeated ? 'debug' : LOG_METHODS[level]](fields, message);
  };
}

/**
 * The maximum number of characters in a reason from the SDK's native part. Its error texts can contain whole HTTP
 * answers.
 */
const MAX_REASON_LENGTH = 300;

/** Selects the fields that tell an operator which workflow and activity an entry is about. */
function logFields(meta: Record<string, unknown>): Record<string, unknown> {
  const { workflowId, activityType, attempt, error } = meta;
  const reason = reasonIn(error);
  return {
    ...(workflowId !== undefined && { workflow: workflowId }),
    ...(activityType !== undefined && { activity: activityType }),
    ...(typeof attempt === 'number' && attempt > 1 && { attempt }),
    ...(reason !== null && { reason }),
  };
}

/**
 * Returns the text of an entry's error, or null if there is no error. The SDK's native part gives errors as plain text.
 */
function reasonIn(error: unknown): string | null {
  if (typeof error === 'string') return error.slice(0, MAX_REASON_LENGTH);
  if (!(error instanceof Error)) return null;
  const { type, message } = errorFacts(error);
  return `${type}: ${message}`;
}
