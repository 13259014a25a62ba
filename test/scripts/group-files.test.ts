import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { listFiles, ROOT } from '../../scripts/support/paths.mjs';
import { NAMED_PATHS, planGroups, spreadWholePrograms } from '../../scripts/test/group-files.mjs';

test('every file and folder with a rule of its own exists', () => {
  assert.deepEqual(
    NAMED_PATHS.filter((path) => !existsSync(join(ROOT, path))),
    [],
  );
});

test('short tests of one folder share a process, and every file runs exactly once', () => {
  const clips = Array.from({ length: 9 }, (_, at) => `test/clip/${at}.test.ts`);
  const slow = ['test/whole/fire.test.ts', 'test/discord/meter-rest.test.ts'];
  const paths = [
    slow[0]!,
    ...clips.slice(0, 5),
    slow[1]!,
    'test/docs/a.test.ts',
    ...clips.slice(5),
  ];
  const groups = planGroups(paths);
  assert.deepEqual(groups, [
    [slow[0]],
    clips.slice(0, 8),
    [slow[1]],
    ['test/docs/a.test.ts'],
    clips.slice(8),
  ]);
  assert.deepEqual(groups.flat().sort(), [...paths].sort());
});

test('every file that opens a browser has a process of its own', async () => {
  const paths = (await listFiles(ROOT, 'test')).filter((path) => path.endsWith('.test.ts'));
  const opensBrowser = (path: string) =>
    /from '[^']*\/browser\/chromium\.ts'/.test(readFileSync(join(ROOT, path), 'utf8'));
  const shared = planGroups(paths).filter((group) => group.length > 1 && group.some(opensBrowser));
  assert.ok(paths.some(opensBrowser));
  assert.deepEqual(shared, []);
});

test('tests with short links start first, and other tests of whole programs one after another, with three others after each', () => {
  const whole = ['test/faults/doubt.test.ts', 'test/local/start.test.ts', 'test/week/week.test.ts'];
  const others = Array.from({ length: 8 }, (_, at) => `test/clip/${at}.test.ts`);
  const shortLinks = ['test/faults/links.test.ts', 'test/whole/fire.test.ts'];
  const groups = [...whole, shortLinks[0]!, ...others, shortLinks[1]!].map((path) => [path]);
  const [a, b, c] = whole;
  assert.deepEqual(spreadWholePrograms(groups).flat(), [
    ...shortLinks,
    ...[a, ...others.slice(0, 3)],
    ...[b, ...others.slice(3, 6)],
    ...[c, ...others.slice(6)],
  ]);
});
