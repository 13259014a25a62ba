import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { CpuInfo } from 'node:os';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, test, type TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import { ROOT } from '../../scripts/support/paths.mjs';
import {
  chooseNextFile,
  idlePartBetween,
  MAX_RUNNING,
  MIN_IDLE_PART,
  type PlannedFile,
} from '../../scripts/test/plan-starts.mjs';
import { sendStartSignals } from '../../scripts/test/start-signals.mjs';

const WAIT_FOR_START = pathToFileURL(join(ROOT, 'scripts/test/wait-for-start.mjs')).href;

function plan(path: string, isWholeProgram = false): PlannedFile {
  return { path, isWholeProgram, isPatient: !isWholeProgram };
}

describe('which test file starts next', () => {
  const files = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((path) => plan(path));

  test('on busy cores, three files run at a time, in their order', () => {
    const choose = (count: number) =>
      chooseNextFile({
        running: files.slice(0, count),
        waiting: files.slice(count),
        idlePart: MIN_IDLE_PART - 0.01,
      });
    assert.equal(choose(0), files[0]);
    assert.equal(choose(2), files[2]);
    assert.equal(choose(3), null);
  });

  test('while cores are idle, more files run at a time, but at most six', () => {
    const choose = (count: number) =>
      chooseNextFile({
        running: files.slice(0, count),
        waiting: files.slice(count),
        idlePart: MIN_IDLE_PART,
      });
    assert.equal(choose(3), files[3]);
    assert.equal(choose(MAX_RUNNING - 1), files[MAX_RUNNING - 1]);
    assert.equal(choose(MAX_RUNNING), null);
  });

  test('at most three tests of whole programs run at a time, and other files overtake the fourth', () => {
    const whole = ['1', '2', '3', '4'].map((path) => plan(path, true));
    const choose = (waiting: PlannedFile[]) =>
      chooseNextFile({ running: whole.slice(0, 3), waiting, idlePart: 1 });
    assert.equal(choose([whole[3]!]), null);
    assert.equal(choose([whole[3]!, files[0]!]), files[0]);
  });

  test('the idle part of the cores is the share of their idle time between two readings', () => {
    const cpus = (user: number, idle: number) => [
      { times: { user, nice: 0, sys: 0, irq: 0, idle } } as CpuInfo,
      { times: { user: 0, nice: user, sys: 0, irq: 0, idle } } as CpuInfo,
    ];
    assert.equal(idlePartBetween(cpus(100, 100), cpus(170, 130)), 0.3);
    assert.equal(idlePartBetween(cpus(1, 1), cpus(1, 1)), 0);
  });
});

/** Starts the files as the runner does. Each file prints its name, its priority and whether its children would wait. */
async function runFiles(t: TestContext, names: string[], priority: number): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'everclip-starts-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const files = names.map((name) => {
    const path = join(folder, `${name}.mjs`);
    writeFileSync(
      path,
      `import { getPriority } from 'node:os';
      console.log('${name} begins', getPriority(), process.env.TEST_START_SOCKET);
      setTimeout(() => console.log('${name} ends'), 300);`,
    );
    return plan(path);
  });
  const { socketPath, stop } = await sendStartSignals(files, {
    folder,
    priorityOf: () => priority,
  });
  t.after(stop);
  const lines: string[] = [];
  await Promise.all(
    // The processes connect in any order.
    files.toReversed().map(async ({ path }) => {
      const child = spawn(process.execPath, ['--import', WAIT_FOR_START, path], {
        env: { PATH: process.env.PATH, TEST_START_SOCKET: socketPath },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        lines.push(...chunk.trimEnd().split('\n'));
      });
      await once(child, 'close');
    }),
  );
  return lines;
}

describe('the start signals of test files', () => {
  test('the process of a file waits for its turn, and has its priority before it loads the file', async (t) => {
    const lines = await runFiles(t, ['a', 'b', 'c', 'd', 'e'], 19);
    const begins = lines.filter((line) => line.includes('begins'));
    assert.deepEqual(
      begins.map((line) => line.split(' ').slice(1).join(' ')),
      Array.from({ length: 5 }, () => 'begins 19 undefined'),
    );
    const order = begins.map((line) => line[0]);
    assert.deepEqual(order.slice(0, 3).sort(), ['a', 'b', 'c'], lines.join('\n'));
  });

  test('without a runner, a file runs at once', async () => {
    const child = spawn(
      process.execPath,
      ['--import', WAIT_FOR_START, '-e', 'console.log("runs")'],
      { env: { TEST_START_SOCKET: '/nonexistent' }, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    assert.equal((await text(child.stdout)).trim(), 'runs');
  });
});
