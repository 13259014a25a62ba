import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '../support/paths.mjs';
import { run } from '../support/programs.mjs';
import { say, ScriptError } from '../support/report.mjs';
import { ALERTS } from './prometheus.mjs';

const DASHBOARD = join(ROOT, 'monitoring/grafana/dashboards/everclip.json');

/**
 * Returns every query of the Grafana dashboard.
 *
 * @returns {Promise<{ panel: string, expr: string }[]>}
 */
export async function readDashboardQueries() {
  const { panels } = /** @type {{ panels: { title: string, targets?: { expr: string }[] }[] }} */ (
    JSON.parse(await readFile(DASHBOARD, 'utf8'))
  );
  return panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({ panel: title, expr })),
  );
}

/**
 * Uses promtool to check the configuration of Prometheus, the alert rules, the tests of the rules, and the dashboard's
 * queries.
 *
 * @param {string} promtool path of promtool
 * @param {string} folder for temporary files
 * @throws {ScriptError} with promtool's output, if promtool finds an error
 */
export async function checkFiles(promtool, folder) {
  const queries = await readDashboardQueries();
  // promtool cannot read a dashboard, but it can check the queries as recording rules. promtool reads YAML. The file
  // contains JSON, which is valid YAML.
  const queriesAsRules = join(folder, 'dashboard.json');
  const rules = queries.map(({ expr }, index) => ({ record: `dashboard:${index}`, expr }));
  await writeFile(queriesAsRules, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
  const checks = [
    {
      what: 'the configuration',
      args: ['check', 'config', join(ROOT, 'monitoring/prometheus.yml')],
    },
    { what: 'the alert rules', args: ['check', 'rules', ALERTS] },
    {
      what: 'the tests of the alert rules',
      args: ['test', 'rules', join(ROOT, 'monitoring/alerts.test.yml')],
    },
    {
      what: `the dashboard's ${queries.length} queries`,
      args: ['check', 'rules', queriesAsRules],
    },
  ];
  for (const { what, args } of checks) {
    const { ok, output } = await run(promtool, args);
    if (!ok) throw new ScriptError(`promtool found an error in ${what}: fix it.`, output);
    say(`promtool found no error in ${what}`);
  }
}
