import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { programEnvironment } from '../../src/config/program-environment.ts';
import { limitedCommand } from '../../src/media/ffmpeg/limits.ts';
import { SandboxKeeper } from '../../src/media/ffmpeg/sandbox/keep-sandbox.ts';
import {
  createSandbox,
  currentSandbox,
  setSandbox,
} from '../../src/media/ffmpeg/sandbox/sandbox.ts';
import { trySandbox } from '../../src/media/ffmpeg/sandbox/try-sandbox.ts';
import { toolFailure } from '../../src/media/ffmpeg/run.ts';
import { createIsolatedMedia } from '../../src/media/process/client.ts';
import { sniffImage } from '../../src/media/sniff.ts';
import { until } from '../support/wait.ts';
import { clip } from './support/make-clip.ts';
import { fails, startMediaHarness, type MediaHarness } from './support/media-harness.ts';

const exec = promisify(execFile);

/** The trial of the sandbox on this machine. */
const trial = await trySandbox({ hiddenFiles: [], programs: [] });
const onlyWithSandbox = trial.works ? {} : { skip: `no sandbox here: ${trial.reason}` };

/** A script that runs instead of ffmpeg begins with this step, because the trial of the sandbox runs `ffmpeg -version`. */
const VERSION = 'case "$*" in *-version*) exit;; esac';

let harness: MediaHarness;
let folder: string;
/** A file whose name needs quotes in a shell. */
let secretFile: string;

before(async () => {
  harness = await startMediaHarness();
  folder = await mkdtemp(join(tmpdir(), 'everclip-sandbox-'));
  secretFile = join(folder, `it's $HOME.env`);
  await writeFile(secretFile, 'TOKEN=a-secret');
});
after(async () => {
  await harness.stop();
  await rm(folder, { recursive: true });
});

/** Runs a shell script in the sandbox, and returns its output. */
async function run(script: string): Promise<string> {
  const missing = join(folder, 'missing');
  const sandbox = createSandbox({ hiddenFiles: [secretFile, missing] });
  const [program, ...args] = limitedCommand('/bin/sh', { sandbox });
  const env = { ...programEnvironment(), SECRET_FILE: secretFile };
  return (await exec(program, [...args, '-c', script], { env })).stdout;
}

function media(
  ffmpegPath: string,
  onNoSandbox: (reason: string, isExpected: boolean) => void = () => undefined,
  path = process.env.PATH ?? '',
) {
  return createIsolatedMedia({
    mediaHosts: [harness.cdn.origin],
    maxMediaBytes: 1e8,
    thumbnailFormat: 'webp',
    ffmpegPath,
    ffprobePath: 'ffprobe',
    temporaryDirectory: harness.folder,
    environment: { ...programEnvironment(), PATH: path },
    sandbox: { hiddenFiles: [secretFile] },
    onNoSandbox,
  });
}

/** True if the command line of a process contains the text. */
function isRunning(text: string): boolean {
  return readdirSync('/proc').some((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(text);
    } catch {
      return false;
    }
  });
}

describe('the sandbox of ffmpeg and ffprobe', () => {
  test('a program in the sandbox sees no process but its own', onlyWithSandbox, async () => {
    const names = (await run('exec ls /proc')).split('\n');
    assert.deepEqual(
      names.filter((name) => /^\d+$/.test(name)),
      ['1'],
    );
  });

  test('a program in the sandbox has no network', onlyWithSandbox, async () => {
    const interfaces = (await run('cat /proc/net/dev')).matchAll(/^ *(\S+):/gm);
    assert.deepEqual(
      [...interfaces].map(([, name]) => name),
      ['lo'],
    );
    // The loopback interface is down.
    assert.equal(
      await run('cat /proc/net/route /proc/net/tcp | grep -v "^ *sl\\|^Iface"; true'),
      '',
    );
  });

  test(
    'a program in the sandbox cannot read a hidden file, not even in new namespaces',
    onlyWithSandbox,
    async () => {
      assert.equal(readFileSync(secretFile, 'utf8'), 'TOKEN=a-secret');
      const script = [
        'cat "$SECRET_FILE"',
        'umount "$SECRET_FILE"; cat "$SECRET_FILE"',
        'unshare --user --map-root-user --mount umount "$SECRET_FILE"; cat "$SECRET_FILE"',
        'unshare --user --map-root-user --mount sh -c \'umount "$SECRET_FILE"; cat "$SECRET_FILE"\'',
        'grep -E "^(CapEff|CapBnd|NoNewPrivs)" /proc/self/status',
      ].join(' 2>/dev/null; ');
      assert.equal(
        (await run(script)).replaceAll('\t', ' '),
        'CapEff: 0000000000000000\nCapBnd: 0000000000000000\nNoNewPrivs: 1\n',
      );
    },
  );

  test('the operating system limits the programs in the sandbox', onlyWithSandbox, async () => {
    const limits = await run('cat /proc/self/limits');
    assert.match(limits, /^Max open files +64 +64 /m);
    assert.match(limits, /^Max core file size +0 +0 /m);
    assert.match(limits, /^Max data size +419430400 +419430400 /m);
    assert.match(limits, /^Max file size +(16777216|33554432) /m);
  });

  test(
    'a program in the sandbox cannot start processes without end',
    onlyWithSandbox,
    async (t) => {
      const isRoot = process.getuid?.() === 0;
      const [major = 0, minor = 0] = release().split('.').map(Number);
      if (major * 1000 + minor < (isRoot ? 6014 : 5014)) {
        t.skip('this kernel does not count the processes of a namespace');
        return;
      }
      const before = readFileSync('/proc/sys/kernel/pid_max', 'utf8');
      // The shell ends when it cannot start another process.
      const fork = 'for n in $(seq 700); do sleep 20 & done; echo all were started';
      await assert.rejects(run(`echo 9999 >/proc/sys/kernel/pid_max; ${fork}`), /fork/i);
      assert.equal(readFileSync('/proc/sys/kernel/pid_max', 'utf8'), before);
    },
  );

  test('the media process makes thumbnails in the sandbox', onlyWithSandbox, async () => {
    const seen = join(folder, 'seen');
    const ffmpegPath = await harness.script(
      'look',
      `${VERSION}; { echo "pid $$"; cat "${folder}"/*.env; } >"${seen}"; exec ffmpeg "$@"`,
    );
    const url = harness.cdn.put('/sandboxed.mp4', await clip());
    const { picture } = await media(ffmpegPath).thumbnail(url, {
      signal: new AbortController().signal,
      onProgress: () => undefined,
    });
    assert.equal(sniffImage(picture.bytes)?.contentType, 'image/webp');
    assert.equal(readFileSync(seen, 'utf8'), 'pid 1\n');
  });

  test(
    'if a thumbnail is cancelled, ffmpeg in the sandbox has ended before the call fails',
    onlyWithSandbox,
    async () => {
      const marker = `marker-${process.pid}`;
      const ffmpegPath = await harness.script(
        'hang',
        `${VERSION}; sh -c 'sleep 60; : ${marker}' & wait`,
      );
      const controller = new AbortController();
      const url = harness.cdn.put('/hang.mp4', await clip());
      const work = media(ffmpegPath).thumbnail(url, {
        signal: controller.signal,
        onProgress: () => undefined,
      });
      const ended = assert.rejects(work, /cancelled by a test/);
      await until('ffmpeg to run', () => isRunning(marker));
      controller.abort(new Error('cancelled by a test'));
      await ended;
      assert.ok(!isRunning(marker));
      await harness.assertNothingLeft();
    },
  );

  test(
    'if the sandbox fails for a clip, the thumbnail fails as ServiceFailed and is retried',
    onlyWithSandbox,
    async () => {
      const ffmpegPath = await harness.script(
        'no-sandbox',
        'echo "unshare: unshare failed: No space left on device" >&2; exit 1',
      );
      const url = harness.cdn.put('/no-sandbox.mp4', await clip());
      await assert.rejects(
        harness.thumbnail(url, { ffmpegPath }),
        fails('ServiceFailed', /ffmpeg cannot be run in its sandbox: run npm run doctor/),
      );
    },
  );

  test('if the system refuses to start the trial at all, the trial says why', async () => {
    const programs = ['x'.repeat(200_000)];
    assert.deepEqual(await trySandbox({ hiddenFiles: [], programs }), {
      works: false,
      why: 'broken',
      reason: 'the trial failed (E2BIG)',
    });
  });

  test('if the machine does not allow namespaces, the trial says why', async () => {
    const tryWith = (environment: Record<string, string>) =>
      trySandbox({ hiddenFiles: [], programs: [], environment });
    await harness.script('unshare', 'echo "unshare: Operation not permitted" >&2; exit 1');
    const PATH = `${join(harness.folder, '..')}:${process.env.PATH}`;
    assert.deepEqual(await tryWith({ PATH }), {
      works: false,
      why: 'forbidden',
      reason: 'unshare: Operation not permitted',
    });
    assert.deepEqual(await tryWith({ PATH: folder }), {
      works: false,
      why: 'forbidden',
      reason: 'unshare not found',
    });
  });

  test(
    'if ffmpeg does not run in the sandbox, the media process says why and makes thumbnails without it',
    onlyWithSandbox,
    async () => {
      // A snap does not run either, because it needs the permissions of root.
      const ffmpegPath = await harness.script(
        'like-a-snap',
        'grep -q "^NoNewPrivs:.*0" /proc/self/status && exec ffmpeg "$@"; echo "no permission" >&2; exit 1',
      );
      const reasons: string[] = [];
      const url = harness.cdn.put('/unconfined.mp4', await clip());
      const { picture } = await media(ffmpegPath, (reason) => reasons.push(reason)).thumbnail(url, {
        signal: new AbortController().signal,
        onProgress: () => undefined,
      });
      assert.equal(sniffImage(picture.bytes)?.contentType, 'image/webp');
      assert.deepEqual(reasons, ['no permission']);
    },
  );

  describe('if the machine changes its mind', () => {
    /** While this file exists, the machine creates no namespace, and says what the file contains. */
    let refusal: string;
    let PATH: string;

    before(async () => {
      const bin = await mkdtemp(join(folder, 'bin-'));
      refusal = join(bin, 'refusal');
      const real = `PATH='${process.env.PATH}' exec unshare "$@"`;
      const script = `#!/bin/sh\n[ ! -e '${refusal}' ] || { cat '${refusal}' >&2; exit 1; }\n${real}\n`;
      await writeFile(join(bin, 'unshare'), script, { mode: 0o755 });
      PATH = `${bin}:${process.env.PATH}`;
    });

    test(
      'if the trial fails for a passing reason, it is repeated before a later clip',
      onlyWithSandbox,
      async (t) => {
        t.after(() => setSandbox(null));
        const reason = 'unshare: unshare failed: No space left on device';
        const options = { hiddenFiles: [], programs: [], environment: { PATH } };
        for (const message of ['unshare: fork: Resource temporarily unavailable', reason]) {
          await writeFile(refusal, message);
          const trial = await trySandbox(options);
          assert.deepEqual(trial, { works: false, why: 'passing', reason: message });
        }
        const reports: unknown[] = [];
        const onNoSandbox = (...report: unknown[]): void => void reports.push(report);
        const keeper = new SandboxKeeper({ ...options, retryMs: 0, onNoSandbox });
        await keeper.ready();
        assert.equal(currentSandbox(), null);
        assert.deepEqual(reports, [[reason, false]]);
        await rm(refusal);
        await keeper.ready();
        assert.notEqual(currentSandbox(), null);
      },
    );

    test(
      'if the machine forbids the sandbox after a good trial, one attempt fails, and the next makes the thumbnail',
      onlyWithSandbox,
      async () => {
        const reports: unknown[] = [];
        const port = media('ffmpeg', (...report) => reports.push(report), PATH);
        const url = harness.cdn.put('/forbidden.mp4', await clip());
        const make = () =>
          port.thumbnail(url, {
            signal: new AbortController().signal,
            onProgress: () => undefined,
          });
        await make();
        assert.deepEqual(reports, []);
        await writeFile(refusal, 'unshare: unshare failed: Operation not permitted\n');
        await assert.rejects(make(), fails('ServiceFailed', /cannot be run in its sandbox/));
        assert.equal(sniffImage((await make()).picture.bytes)?.contentType, 'image/webp');
        assert.deepEqual(reports, [['unshare: unshare failed: Operation not permitted', false]]);
      },
    );
  });

  test(
    'if the sandbox cannot limit its processes, the program runs and no message blames the sandbox',
    onlyWithSandbox,
    async () => {
      const bin = await mkdtemp(join(folder, 'bin-'));
      const refuse = 'case "$*" in *pid_max*) echo "mount: no" >&2; exit 32;; esac';
      const script = `#!/bin/sh\n${refuse}\nPATH='${process.env.PATH}' exec mount "$@"\n`;
      await writeFile(join(bin, 'mount'), script, { mode: 0o755 });
      const sandbox = createSandbox({ hiddenFiles: [secretFile] });
      const [program, ...args] = limitedCommand('/bin/sh', { sandbox });
      const PATH = `${bin}:${process.env.PATH}`;
      const output = await exec(program, [...args, '-c', 'echo runs'], { env: { PATH } });
      assert.deepEqual(output, { stdout: 'runs\n', stderr: '' });
    },
  );

  test(
    'a program in the sandbox is killed at the CPU time limit, although it is the first process of its namespace',
    onlyWithSandbox,
    async () => {
      const sandbox = createSandbox({ hiddenFiles: [] });
      // The first process of a namespace ignores SIGXCPU. SIGKILL follows 2 s later.
      const [program, ...args] = limitedCommand('/bin/sh', { sandbox, cpuSeconds: 0 });
      const error: unknown = await exec(program, [...args, '-c', 'while :; do :; done']).catch(
        (error: unknown) => error,
      );
      assert.ok(error instanceof Error);
      assert.match(toolFailure(error, 'ffmpeg')?.message ?? '', /ffmpeg was killed/);
    },
  );
});
