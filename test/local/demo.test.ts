import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { historyTimes, PEOPLE, POSTS } from '../../src/local/demo/posts.ts';
import { SCENES, soundOf } from '../../src/local/demo/scenes.ts';

const exec = promisify(execFile);
const NOW_MS = Date.UTC(2026, 1, 20, 12);
const YEAR_AGO_MS = Date.UTC(2025, 1, 20, 12);
const TWO_YEARS_MS = 2 * 365 * 864e5;

test('ffmpeg understands every scene and every melody of the demo', async () => {
  const graphs = SCENES.flatMap(({ picture, tune }, at) => [
    // Each scene has shapes with the same labels.
    `${picture.replaceAll(/\[(\w+)\]/g, `[scene${at}$1]`)}[picture${at}]`,
    ...(tune === null ? [] : [`${soundOf(tune)}:d=0.1[sound${at}]`]),
  ]);
  const maps = SCENES.flatMap(({ tune }, at) => [
    ...['-map', `[picture${at}]`, ...(tune === null ? [] : ['-map', `[sound${at}]`])],
    ...['-frames:v', '1', '-f', 'null', '-'],
  ]);
  await exec('ffmpeg', ['-v', 'error', '-nostdin', '-filter_complex', graphs.join(';'), ...maps]);
});

test('the demo has a text of an existing person for each scene', () => {
  assert.equal(POSTS.length, SCENES.length);
  for (const { by, with: players = [] } of POSTS) {
    for (const person of [by, ...players]) assert.ok(PEOPLE[person], String(person));
  }
});

test('the demo has a spoiler, a silent clip, a portrait clip, a wide clip and a clip that browsers cannot play', () => {
  assert.ok(SCENES.some(({ name }) => name.startsWith('SPOILER_')));
  assert.ok(SCENES.some(({ tune }) => tune === null));
  assert.ok(SCENES.some(({ width, height }) => height > width));
  assert.ok(SCENES.some(({ width, height }) => width / height >= 21 / 9));
  assert.ok(SCENES.some(({ codec }) => codec === 'mpeg4'));
  const seconds = SCENES.map((scene) => scene.seconds);
  assert.deepEqual([Math.min(...seconds) >= 4, Math.max(...seconds)], [true, 40]);
});

test('the history of the demo covers two years, and one of its clips was posted today a year ago', () => {
  for (const count of [2, 36, 1000]) {
    const times = historyTimes(count, NOW_MS);
    assert.equal(times.length, count);
    assert.ok(times.includes(YEAR_AGO_MS), String(count));
    assert.equal(new Set(times).size, count, 'no two clips have the same time');
    assert.deepEqual(
      times,
      [...times].sort((a, b) => a - b),
    );
    assert.ok(times[0]! > NOW_MS - TWO_YEARS_MS - 864e5 && times.at(-1)! < NOW_MS);
  }
  assert.equal(historyTimes(1, NOW_MS).length, 1);
});
