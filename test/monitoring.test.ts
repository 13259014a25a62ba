import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { MetricMeter } from '@temporalio/common';
import { createMetrics } from '../src/metrics.ts';

const root = join(import.meta.dirname, '..');
const read = (path: string): Promise<string> => readFile(join(root, path), 'utf8');

/** Every name under which Prometheus gets what we count. */
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

const namesIn = (text: string): string[] => [...new Set(text.match(/\beverclip_\w+/g))];

describe('monitoring', () => {
  test('alerts and dashboard ask for no metric that nobody serves', async () => {
    const served = servedNames();
    for (const path of ['monitoring/alerts.yml', 'monitoring/grafana/dashboards/everclip.json']) {
      const asked = namesIn(await read(path));
      assert.ok(asked.length > 5, `${path} asks for our metrics`);
      for (const name of asked) assert.ok(served.has(name), `${path} asks for ${name}`);
    }
  });

  test('each alert has its row in docs/operations.md', async () => {
    const alerts = [...(await read('monitoring/alerts.yml')).matchAll(/alert: (\w+)/g)];
    const rows = [...(await read('docs/operations.md')).matchAll(/^\| `(\w+)` \| /gm)];
    const named = rows.map(([, name]) => name);
    assert.ok(alerts.length >= 5);
    for (const [, name] of alerts) assert.ok(named.includes(name), `${name} is explained`);
  });

  test('each alert has a test of when it rings and of when it does not', async () => {
    const alerts = [...(await read('monitoring/alerts.yml')).matchAll(/alert: (\w+)/g)];
    const tests = await read('monitoring/alerts.test.yml');
    for (const [, name] of alerts) {
      const looks = tests.split(`alertname: ${name}`).slice(1);
      const isSilent = (look: string): boolean => look.split('\n', 1)[0]?.includes('[]') ?? false;
      assert.ok(looks.some(isSilent), `${name} is silent somewhere`);
      assert.ok(!looks.every(isSilent), `${name} rings somewhere`);
    }
  });
});
