import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { findReadableByOthers, keepFilesPrivate } from '../src/private-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'everclip-private-'));
after(() => {
  rmSync(folder, { recursive: true });
});

test('if other users can read .env or the data folder, the warnings say how to change that', () => {
  const envFile = join(folder, '.env');
  const dataDir = join(folder, 'data');
  const find = (): string[] => findReadableByOthers({ dataDir, envFile });
  assert.deepEqual(find(), [], 'neither exists');
  writeFileSync(envFile, 'TOKEN=hunter2');
  mkdirSync(dataDir);
  for (const [fileMode, folderMode, warnings] of [
    [0o600, 0o700, []],
    [0o400, 0o500, []],
    [0o644, 0o700, [`run chmod 600 ${envFile}`]],
    [0o640, 0o755, [`run chmod 600 ${envFile}`, `run chmod -R go= ${dataDir}`]],
    [0o600, 0o711, [`run chmod -R go= ${dataDir}`]],
  ] as const) {
    chmodSync(envFile, fileMode);
    chmodSync(dataDir, folderMode);
    const sentences = find();
    assert.deepEqual(
      sentences.map((sentence) => sentence.split(': ').at(-1)),
      warnings,
    );
    assert.ok(!sentences.join().includes('hunter2'));
  }
});

test('after keepFilesPrivate, files of the process and of its children are private', () => {
  const umask = process.umask(0);
  try {
    keepFilesPrivate();
    writeFileSync(join(folder, 'own'), '');
    execFileSync('sh', ['-c', 'mkdir child && echo > child/file'], { cwd: folder });
  } finally {
    process.umask(umask);
  }
  const modes = ['own', 'child', 'child/file'].map((name) => statSync(join(folder, name)).mode);
  assert.deepEqual(
    modes.map((mode) => mode & 0o777),
    [0o600, 0o700, 0o600],
  );
});
