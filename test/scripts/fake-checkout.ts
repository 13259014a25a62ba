import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { pause } from '../support/wait.ts';

const SCRIPTS = fileURLToPath(new URL('../../scripts', import.meta.url));

const POLL_MS = 20;
const WRITE_MS = 50;

/** Programs that a bare Debian has. Every other program on PATH is a fake or missing. */
const SYSTEM_PROGRAMS = ['cat', 'chmod', 'env', 'flock', 'gzip', 'mkdir', 'rm', 'sleep', 'tar'];

/** Creates node_modules as `npm ci` does, with the few files that the set-up runs. */
const FAKE_NPM = `
rm -rf node_modules
mkdir -p node_modules/typescript-7/bin node_modules/@temporalio/worker node_modules/esbuild
cat > node_modules/typescript-7/bin/tsc <<'END'
const fs = require('fs');
fs.appendFileSync(process.env.CALLS, 'tsc\\n');
if (fs.readFileSync('src/index.ts', 'utf8').includes('wrong')) { console.log('TS2322'); process.exit(2); }
fs.mkdirSync('dist/local', { recursive: true });
fs.writeFileSync('dist/local/main.js', 'export const main = async () => console.log(JSON.stringify(process.env));');
END
cat > node_modules/@temporalio/worker/package.json <<'END'
{ "main": "index.js" }
END
cat > node_modules/@temporalio/worker/index.js <<'END'
exports.DefaultLogger = class {};
exports.bundleWorkflowCode = async () => ({ code: 'bundle' });
END
cat > node_modules/esbuild/index.js <<'END'
exports.transform = async (code) => ({ code });
END
`;

/**
 * Replaces `fetch`. Every request goes to the server whose URL is in DOWNLOADS, or fails as on a machine that is
 * offline.
 */
const FAKE_NETWORK = `
const realFetch = globalThis.fetch;
globalThis.fetch = async (url, init) => {
  const { DOWNLOADS } = process.env;
  if (DOWNLOADS) return realFetch(new URL(new URL(url).pathname, DOWNLOADS), init);
  throw new TypeError('fetch failed', { cause: { code: 'ENOTFOUND' } });
};
`;

/** How a script ended. */
export interface Run {
  code: number | null;
  stdout: string;
  stderr: string;
  /** The environment of the started program. Throws if the script did not start the program. */
  env: () => Record<string, string>;
}

/** A fresh clone on a machine whose PATH, cache and network are fakes. */
export class FakeCheckout implements AsyncDisposable {
  readonly dir: string;

  private constructor(dir: string) {
    this.dir = dir;
  }

  /** Creates a machine that has ffmpeg, npm and Go, but no npm packages, no Temporal CLI and no network. */
  static async create(): Promise<FakeCheckout> {
    const checkout = new FakeCheckout(await mkdtemp(join(tmpdir(), 'everclip-set-up-')));
    await mkdir(checkout.path('bin'));
    for (const name of SYSTEM_PROGRAMS) {
      await symlink(await findSystemProgram(name), checkout.path('bin', name));
    }
    await cp(SCRIPTS, checkout.path('clone/scripts'), { recursive: true });
    // The real script needs esbuild and the library's sources.
    await checkout.write('clone/scripts/setup/bundle-assets.mjs', '');
    await checkout.write('clone/package.json', '{ "type": "module" }');
    await checkout.write('clone/package-lock.json', '{}');
    await checkout.write('clone/src/index.ts', '');
    await checkout.write('network.mjs', FAKE_NETWORK);
    for (const name of ['ffmpeg', 'ffprobe']) await checkout.addProgram(name, 'exit 0');
    await checkout.addProgram('npm', FAKE_NPM);
    await checkout.addProgram('go', fakeGo('from go'));
    return checkout;
  }

  path(...parts: string[]): string {
    return join(this.dir, ...parts);
  }

  get cachedTemporal(): string {
    return this.path('cache/everclip/bin/temporal-1.5.1/temporal');
  }

  async write(path: string, content: string): Promise<void> {
    await mkdir(dirname(this.path(path)), { recursive: true });
    await writeFile(this.path(path), content);
  }

  /** Writes a shell script that records each of its calls. A script in the folder `bin` is on PATH. */
  async addProgram(name: string, body: string, folder = 'bin'): Promise<string> {
    const path = `${folder}/${name}`;
    await this.write(path, `#!/bin/sh\necho "${name} $*" >> "$CALLS"\n${body}\n`);
    await chmod(this.path(path), 0o755);
    return this.path(path);
  }

  async removeProgram(name: string): Promise<void> {
    await rm(this.path('bin', name));
  }

  /** Returns the recorded calls that start with `prefix`. */
  async readCalls(prefix: string): Promise<string[]> {
    const log = await readFile(this.path('calls'), 'utf8').catch(() => '');
    return log.split('\n').filter((line) => line.startsWith(prefix));
  }

  /** Starts `scripts/<name>.mjs` in a new process group. */
  spawn(name: string, args: string[] = [], env: Record<string, string> = {}): ChildProcess {
    const script = this.path('clone/scripts', `${name}.mjs`);
    return spawn(process.execPath, ['--import', this.path('network.mjs'), script, ...args], {
      cwd: this.path('clone'),
      detached: true,
      env: {
        PATH: this.path('bin'),
        HOME: this.path('home'),
        XDG_CACHE_HOME: this.path('cache'),
        CALLS: this.path('calls'),
        ...env,
      },
    });
  }

  async run(name: string, args: string[] = [], env: Record<string, string> = {}): Promise<Run> {
    const child = this.spawn(name, args, env);
    let stdout = '';
    let stderr = '';
    child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    return { code, stdout, stderr, env: () => JSON.parse(stdout) as Record<string, string> };
  }

  start(env: Record<string, string> = {}): Promise<Run> {
    return this.run('start', [], env);
  }

  /**
   * Starts a set-up. When the set-up has called the fake program `name` as often as `times` says, kills the set-up's
   * process group.
   */
  async startAndKill(name: string, times: number): Promise<void> {
    const child = this.spawn('start');
    const exited = once(child, 'exit');
    while ((await this.readCalls(name)).length < times) await pause(POLL_MS);
    // The fake program records its call before it works, so give the program time to write a partial result.
    await pause(WRITE_MS);
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    await exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.dir, { recursive: true, force: true });
  }
}

/** Returns the body of a fake `go` that builds a Temporal CLI. The CLI prints `banner`. */
export function fakeGo(banner: string): string {
  return `printf '#!/bin/sh\\necho ${banner}\\n' > "$GOBIN/temporal"; chmod +x "$GOBIN/temporal"`;
}

async function findSystemProgram(name: string): Promise<string> {
  for (const folder of (process.env.PATH ?? '').split(':')) {
    const path = join(folder, name);
    if (await readFile(path).then(Boolean, () => false)) return path;
  }
  throw new Error(`${name} is not on this machine's PATH`);
}
