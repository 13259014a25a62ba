import { setTimeout as pause } from 'node:timers/promises';
import { dashboardQueries } from './check-rules.mjs';
import { say } from './report.mjs';
import { SetUpError } from './set-up-error.mjs';

/** Counters that begin with the first fault: where all is well they aren't there. */
const ONLY_WITH_FAULTS = [
  'temporal_activity_execution_failed_total',
  'temporal_local_activity_execution_failed_total',
  'temporal_workflow_task_execution_failed_total',
  'everclip_media_fallbacks_total',
];
/** An alert that is seen twice so far apart is no blink. */
const LOOK_AGAIN_MS = 15_000;

/**
 * Looks at what a Prometheus has seen of a healthy program: every question of the dashboard has an answer,
 * every metric that an alert reads is there, and no alert is active.
 *
 * @param {{ get: (path: string) => Promise<any> }} prometheus
 */
export async function checkWatched(prometheus) {
  const ask = async (query) =>
    (await prometheus.get(`query?query=${encodeURIComponent(query)}`)).result;
  const faults = [];
  const queries = (await dashboardQueries()).filter(({ expr }) => !namesIn(expr).some(isQuiet));
  for (const { panel, expr } of queries) {
    const answers = await ask(expr);
    const isAnswer = answers.some(({ value }) => Number.isFinite(Number(value[1])));
    if (!isAnswer) faults.push(`The panel "${panel}" shows nothing: ${expr}`);
  }
  say(`${queries.length} questions of the dashboard were asked`);

  const { groups } = await prometheus.get('rules?type=alert');
  const rules = groups.flatMap(({ rules }) => rules);
  for (const { name, query, health, lastError } of rules) {
    if (health !== 'ok') faults.push(`The alert ${name} can't be evaluated: ${lastError}`);
    for (const metric of namesIn(query).filter((each) => !isQuiet(each))) {
      if ((await ask(metric)).length === 0)
        faults.push(`${name} reads ${metric}: nobody serves it`);
    }
  }
  const before = await active(prometheus);
  await pause(LOOK_AGAIN_MS);
  const still = (await active(prometheus)).filter((name) => before.includes(name));
  for (const name of still) faults.push(`The alert ${name} is active although all is well.`);
  if (rules.length === 0) faults.push('Prometheus has loaded no alert.');
  if (faults.length > 0)
    throw new SetUpError('Monitoring does not fit the program.', faults.join('\n'));
  say(`${rules.length} alerts read what is there, and none is active`);
}

/** Pending alerts too: nobody here waits for minutes. */
const active = async (prometheus) =>
  (await prometheus.get('alerts')).alerts.map(({ labels }) => labels.alertname);

const namesIn = (expr) => [...new Set(expr.match(/\b(?:everclip|temporal)_\w+/g))];

const isQuiet = (name) => ONLY_WITH_FAULTS.includes(name);
