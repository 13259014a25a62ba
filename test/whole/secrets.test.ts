import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { trySandbox } from '../../src/media/ffmpeg/sandbox/try-sandbox.ts';
import { stage } from '../emulator/support.ts';
import { freePort } from '../support/free-port.ts';
import { startProgram } from '../support/program.ts';
import { copyEmptyDatabase } from '../support/catalog-process.ts';
import { until } from '../support/wait.ts';

const exec = promisify(execFile);

/**
 * Returns what a program of this user reads about other processes: each environment and command line, with the pid.
 *
 * The loader of TypeScript, which runs programs only in tests, starts esbuild before the program reads its settings.
 */
function readProcesses(): { pid: string; text: string }[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .flatMap((pid) => {
      const [command, environment] = ['cmdline', 'environ'].map((name) => readIfAny(pid, name));
      const isEsbuild = /\besbuild\b.*--service/s.test(command ?? '');
      return isEsbuild ? [] : [{ pid, text: `${command}\0${environment}` }];
    });
}

function readIfAny(pid: string, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return '';
  }
}

/** Starts a process whose environment contains a text, to show that a search of all environments finds the text. */
function startDecoy(t: TestContext, text: string): void {
  const decoy = spawn('sleep', ['600'], { env: { PATH: process.env.PATH, DECOY: text } });
  t.after(() => decoy.kill('SIGKILL'));
}

test(
  'while ffmpeg runs, no process shows a secret, and a script in place of ffmpeg finds none in /proc or .env',
  { skip: process.platform !== 'linux' },
  async (t) => {
    const token = `token-${randomUUID()}`;
    const apiKey = `key-${randomUUID()}`;
    const decoy = `decoy-${randomUUID()}`;
    const folder = await mkdtemp(join(tmpdir(), 'everclip-secrets-'));
    t.after(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
    startDecoy(t, decoy);
    const { emulator, channel, user } = await stage(t, { token });
    const video = join(folder, 'clip.mp4');
    const source = ['-f', 'lavfi', '-i', 'testsrc2=s=64x64:r=5:d=1', '-pix_fmt', 'yuv420p'];
    await exec('ffmpeg', ['-v', 'error', '-nostdin', ...source, video]);

    // The token is in .env, and the key in the environment.
    await writeFile(join(folder, '.env'), `TOKEN=${token}\n`);
    const dump = join(folder, 'dump');
    const ffmpeg = join(folder, 'ffmpeg');
    await writeFile(
      ffmpeg,
      [
        '#!/bin/sh',
        // The preflight runs `ffmpeg -encoders`, and the trial of the sandbox runs `ffmpeg -version`.
        `case "$*" in *-version*|*-encoders*) to="${dump}-preflight";; *) to="${dump}-clip";; esac`,
        `{ env; cat "${folder}/.env" .env; cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline; } >>"$to" 2>/dev/null`,
        'exec ffmpeg "$@"',
      ].join('\n'),
    );
    await chmod(ffmpeg, 0o755);
    const dataDir = join(folder, 'data');
    await copyEmptyDatabase(dataDir);
    const program = startProgram(
      'src/local/main.ts',
      {
        TEMPORAL_API_KEY: apiKey,
        DISCORD_API_URL: emulator.apiUrl,
        MEDIA_HOSTS: emulator.cdnOrigin,
        DATA_DIR: dataDir,
        TEMPORAL_PORT: String(await freePort()),
        WEB_UI_PORT: String(await freePort()),
        LIBRARY_ADDRESS: `127.0.0.1:${await freePort()}`,
        FFMPEG_PATH: ffmpeg,
      },
      { cwd: folder },
    );
    t.after(() => program.kill('SIGKILL'));
    await program.prints(/Everclip is running/);
    emulator.postMessage({
      channelId: channel.id,
      authorId: user.id,
      files: [{ filename: 'clip.mp4', path: video }],
    });
    await until('the thumbnail', async () => {
      const names = await readdir(join(dataDir, 'bucket', 'thumb')).catch(() => []);
      return names.some((name) => name.endsWith('.webp'));
    });

    const processes = readProcesses();
    const holds = (text: string) =>
      processes.filter((each) => each.text.includes(text)).map(({ pid }) => pid);
    assert.equal(holds(decoy).length, 1, 'the search finds an environment');
    assert.ok(holds('media/process/main').length > 0, 'the media process is still running');
    assert.deepEqual([...holds(token), ...holds(apiKey)], []);

    const preflight = readFileSync(`${dump}-preflight`, 'utf8');
    assert.ok(preflight.includes(decoy), 'the script finds the environment of another process');
    assert.ok(preflight.includes(token), 'before there is a clip, the script can read .env');

    const seen = readFileSync(`${dump}-clip`, 'utf8');
    assert.match(seen, /^PATH=/m);
    const { works } = await trySandbox({ hiddenFiles: [], programs: [] });
    assert.equal(seen.includes(decoy), !works, 'in a sandbox, the script sees no other process');
    assert.equal(seen.includes(token), !works, 'in a sandbox, the script cannot read .env');
    if (works) assert.ok(!seen.includes(apiKey));
    assert.equal(await program.kill('SIGTERM'), 0);
  },
);
