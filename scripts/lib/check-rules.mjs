import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from './paths.mjs';
import { ALERTS } from './prometheus.mjs';
import { say } from './report.mjs';
import { run } from './run.mjs';
import { SetUpError } from './set-up-error.mjs';

const DASHBOARD = join(ROOT, 'monitoring/grafana/dashboards/everclip.json');

/** @returns {Promise<{ panel: string, expr: string }[]>} every question that the dashboard asks */
export async function dashboardQueries() {
  const { panels } = JSON.parse(await readFile(DASHBOARD, 'utf8'));
  return panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({ panel: title, expr })),
  );
}

/**
 * Has promtool look at all that is written for Prometheus: configuration, rules, the tests of the rules,
 * and what the dashboard asks.
 *
 * @param {string} promtool
 * @param {string} folder for files of its own
 */
export async function checkRules(promtool, folder) {
  const queries = await dashboardQueries();
  const asRules = join(folder, 'dashboard.json');
  const rules = queries.map(({ expr }, at) => ({ record: `dashboard:${at}`, expr }));
  await writeFile(asRules, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
  const checks = [
    ['the configuration', 'check', 'config', join(ROOT, 'monitoring/prometheus.yml')],
    ['the alerts', 'check', 'rules', ALERTS],
    ['the tests of the alerts', 'test', 'rules', join(ROOT, 'monitoring/alerts.test.yml')],
    [`the dashboard's ${queries.length} questions`, 'check', 'rules', asRules],
  ];
  for (const [what, ...args] of checks) {
    const { ok, output } = await run(promtool, args);
    if (!ok) throw new SetUpError(`promtool finds fault with ${what}.`, output);
    say(`promtool is content with ${what}`);
  }
}
