import { setTimeout as pause } from 'node:timers/promises';
import { say, ScriptError } from '../support/report.mjs';
import { readDashboardQueries } from './check-files.mjs';

/** @typedef {import('./prometheus.mjs').Prometheus} Prometheus */
/** @typedef {{ name: string, query: string, health: string, lastError?: string }} AlertRule */

/**
 * Each of these metrics is served only after the first failure that it counts, so a healthy demo does not serve them.
 */
const FAILURE_METRICS = [
  'temporal_activity_execution_failed_total',
  'temporal_local_activity_execution_failed_total',
  'temporal_workflow_task_execution_failed_total',
  'everclip_media_fallbacks_total',
  // The library asks for a fresh link only if the clip's own refresh is late.
  'everclip_library_fresh_link_seconds_bucket',
];
/** The time between two checks of the alerts. An alert that is active in both checks counts as a fault. */
const SECOND_CHECK_MS = 15_000;

/**
 * Checks what Prometheus has scraped from a healthy demo: each query of the dashboard has a result, each metric
 * that an alert reads is served, and no alert is active.
 *
 * @param {Prometheus} prometheus
 * @throws {ScriptError} with all faults, if there are any
 */
export async function checkDemo(prometheus) {
  const faults = [
    ...(await findEmptyPanels(prometheus)),
    ...(await findBrokenAlerts(prometheus)),
    ...(await findActiveAlerts(prometheus)),
  ];
  if (faults.length > 0) {
    throw new ScriptError('The monitoring does not fit the program.', faults.join('\n'));
  }
  say("each of the dashboard's queries has a result, each alert can be evaluated, none is active");
}

/** @param {Prometheus} prometheus */
async function findEmptyPanels(prometheus) {
  const queries = await readDashboardQueries();
  const faults = [];
  for (const { panel, expr } of queries) {
    if (listMetrics(expr).some(isFailureMetric)) continue;
    const results = await query(prometheus, expr);
    const hasNumber = results.some(({ value }) => Number.isFinite(Number(value[1])));
    if (!hasNumber) faults.push(`The panel "${panel}" is empty: ${expr}`);
  }
  return faults;
}

/** @param {Prometheus} prometheus */
async function findBrokenAlerts(prometheus) {
  const { groups } = /** @type {{ groups: { rules: AlertRule[] }[] }} */ (
    await prometheus.get('rules?type=alert')
  );
  const rules = groups.flatMap((group) => group.rules);
  const faults = [];
  if (rules.length === 0) faults.push('Prometheus has loaded no alert.');
  for (const { name, query: expr, health, lastError } of rules) {
    if (health !== 'ok') faults.push(`The alert ${name} cannot be evaluated: ${lastError}`);
    for (const metric of listMetrics(expr)) {
      if (isFailureMetric(metric)) continue;
      const isServed = (await query(prometheus, metric)).length > 0;
      if (!isServed) faults.push(`The alert ${name} reads ${metric}, which nothing serves.`);
    }
  }
  return faults;
}

/** @param {Prometheus} prometheus */
async function findActiveAlerts(prometheus) {
  const before = await listActiveAlerts(prometheus);
  await pause(SECOND_CHECK_MS);
  const after = await listActiveAlerts(prometheus);
  return after
    .filter((name) => before.includes(name))
    .map((name) => `The alert ${name} is active even though nothing is wrong.`);
}

/**
 * Lists the alerts that are firing or pending. Pending alerts count too, because the check ends before a pending alert
 * could fire.
 *
 * @param {Prometheus} prometheus
 * @returns {Promise<string[]>}
 */
async function listActiveAlerts(prometheus) {
  const { alerts } = /** @type {{ alerts: { labels: { alertname: string } }[] }} */ (
    await prometheus.get('alerts')
  );
  return alerts.map(({ labels }) => labels.alertname);
}

/**
 * @param {Prometheus} prometheus
 * @param {string} expr
 * @returns {Promise<{ value: [number, string] }[]>}
 */
async function query(prometheus, expr) {
  const { result } = /** @type {{ result: { value: [number, string] }[] }} */ (
    await prometheus.get(`query?query=${encodeURIComponent(expr)}`)
  );
  return result;
}

/**
 * Lists each metric in a query once.
 *
 * @param {string} expr
 */
function listMetrics(expr) {
  return [...new Set(expr.match(/\b(?:everclip|temporal)_\w+/g))];
}

/** @param {string} metric */
function isFailureMetric(metric) {
  return FAILURE_METRICS.includes(metric);
}
