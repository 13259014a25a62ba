import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { MetricMeter } from '@temporalio/common';
import { createMetrics } from '../src/metrics.ts';

const root = join(import.meta.dirname, '..');
function read(path: string): Promise<string> {
  return readFile(join(root, path), 'utf8');
}

/** Returns the names of all our metrics, as Prometheus sees them. */
function servedNames(): Set<string> {
  const names = new Set<string>();
  const make =
    (...suffixes: string[]) =>
    (name: string) => {
      for (const suffix of suffixes) names.add(name + suffix);
      return { add: () => undefined };
    };
  createMetrics({
    createCounter: make('_total'),
    createGauge: make(''),
    createHistogram: make('_bucket', '_count', '_sum'),
  } as unknown as MetricMeter);
  return names;
}

function namesIn(text: string): string[] {
  return [...new Set(text.match(/\beverclip_\w+/g))];
}

describe('monitoring', () => {
  test('the alerts and the dashboard use only metrics that exist', async () => {
    const served = servedNames();
    for (const path of ['monitoring/alerts.yml', 'monitoring/grafana/dashboards/everclip.json']) {
      const used = namesIn(await read(path));
      assert.ok(used.length > 5, `${path} uses too few of our metrics`);
      for (const name of used)
        assert.ok(served.has(name), `${path} uses ${name}, which does not exist`);
    }
  });

  test('each alert has a row in docs/operations.md', async () => {
    const alerts = [...(await read('monitoring/alerts.yml')).matchAll(/alert: (\w+)/g)];
    const rows = [...(await read('docs/operations.md')).matchAll(/^\| `(\w+)` \| /gm)];
    const named = rows.map(([, name]) => name);
    assert.ok(alerts.length >= 5);
    for (const [, name] of alerts)
      assert.ok(named.includes(name), `docs/operations.md does not explain ${name}`);
  });

  test('each alert has a test in which it fires and a test in which it stays silent', async () => {
    const alerts = [...(await read('monitoring/alerts.yml')).matchAll(/alert: (\w+)/g)];
    const tests = await read('monitoring/alerts.test.yml');
    for (const [, name] of alerts) {
      const evaluations = tests.split(`alertname: ${name}`).slice(1);
      const isSilent = (evaluation: string): boolean =>
        evaluation.split('\n', 1)[0]?.includes('[]') ?? false;
      assert.ok(evaluations.some(isSilent), `no test expects ${name} to be silent`);
      assert.ok(!evaluations.every(isSilent), `no test expects ${name} to fire`);
    }
  });
});
