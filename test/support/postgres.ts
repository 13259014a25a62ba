import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { accessSync, chownSync, constants, readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { freeReservedPort } from './free-port.ts';
import { until } from './wait.ts';

const run = promisify(execFile);

/** Debian and Ubuntu install PostgreSQL here and leave initdb and postgres out of PATH. */
const DEBIAN_FOLDER = '/usr/lib/postgresql';
const PROGRAMS = ['initdb', 'postgres'];
/** PostgreSQL refuses to run as root. As root, the helper runs the server as the first of these users that exists. */
const OTHER_USERS = ['postgres', 'nobody'];
const USER = 'everclip';

/** The sentence that a test or a benchmark prints when it skips PostgreSQL. */
export const NO_POSTGRES =
  'PostgreSQL is not installed: initdb and postgres are neither in PATH nor in /usr/lib/postgresql';

/** A temporary PostgreSQL server. Its files are gone after `stop`. */
export interface TestPostgres {
  /** The URL of the database `postgres`, with the password of a superuser. */
  url: string;
  port: number;
  password: string;
  /** The pid of the postmaster while the server runs. */
  pid: () => number;
  /** Creates an empty database and returns its URL. `ctype` is its LC_CTYPE. */
  createDatabase: (name: string, options?: { ctype?: string }) => Promise<string>;
  /** Stops the server as a crash would and keeps its files. */
  crash: () => Promise<void>;
  /** Starts the server again after `crash`, on the same port. */
  restart: () => Promise<void>;
  /** Stops the server and removes its files. */
  stop: () => Promise<void>;
}

/** Returns the folder with PostgreSQL's programs, the newest version if there is more than one. Null without PostgreSQL. */
export function findPostgres(): string | null {
  const inPath = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return [...debianFolders(), ...inPath].find(hasPrograms) ?? null;
}

function debianFolders(): string[] {
  try {
    const versions = readdirSync(DEBIAN_FOLDER).sort((a, b) => Number(b) - Number(a));
    return versions.map((version) => join(DEBIAN_FOLDER, version, 'bin'));
  } catch {
    return [];
  }
}

function hasPrograms(folder: string): boolean {
  try {
    for (const name of PROGRAMS) accessSync(join(folder, name), constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Starts a PostgreSQL server in a new temporary folder. The server ends with this process, even if this process is
 * killed.
 * @param options `settings` are arguments for `postgres -c`, such as `fsync=off`
 * @throws Error with NO_POSTGRES if PostgreSQL is not installed
 */
export async function startPostgres({
  settings = [],
}: { settings?: readonly string[] } = {}): Promise<TestPostgres> {
  const programs = findPostgres();
  if (programs === null) throw new Error(NO_POSTGRES);
  const user = process.getuid?.() === 0 ? findOtherUser() : null;
  const folder = await mkdtemp(join(tmpdir(), 'everclip-pg-'));
  const data = join(folder, 'data');
  const passwordFile = join(folder, 'password');
  const password = randomBytes(12).toString('hex');
  await mkdir(data, { mode: 0o700 });
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (user !== null)
    for (const path of [folder, data, passwordFile]) chownSync(path, user.uid, user.gid);
  const as = {
    ...user,
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder, LC_ALL: 'C.UTF-8' },
  };
  await run(
    join(programs, 'initdb'),
    [
      ...['-D', data, '-U', USER, '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync'],
      ...['--auth-local=trust', '--auth-host=scram-sha-256', `--pwfile=${passwordFile}`],
    ],
    as,
  );
  const port = await freeReservedPort();
  const url = `postgres://${USER}:${password}@127.0.0.1:${port}/postgres`;
  const command = [
    ...[
      join(programs, 'postgres'),
      '-D',
      data,
      '-k',
      folder,
      '-h',
      '127.0.0.1',
      '-p',
      String(port),
    ],
    ...settings.flatMap((setting) => ['-c', setting]),
  ];
  /** Ends the server when standard input closes, which also happens if this process is killed. */
  const script = '"$@" & server=$!; read -r _; kill -QUIT $server; wait $server';
  let shell: ChildProcess | null = null;

  async function start(): Promise<void> {
    let output = '';
    const child = spawn('sh', ['-c', script, 'sh', ...command], {
      ...as,
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
    shell = child;
    await until('PostgreSQL accepts connections', async () => {
      if (child.exitCode !== null) throw new Error(`PostgreSQL did not start: ${output}`);
      return await canConnect(url);
    });
  }

  async function end(): Promise<void> {
    if (shell === null) return;
    const ended = once(shell, 'exit');
    shell.stdin?.end();
    await ended;
    shell = null;
  }

  await start();
  return {
    url,
    port,
    password,
    pid: () => Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]),
    crash: end,
    restart: start,
    async createDatabase(name, { ctype = 'C.UTF-8' } = {}) {
      await withClient(url, (client) =>
        client.query(
          `create database "${name}" template template0 lc_collate '${ctype}' lc_ctype '${ctype}'`,
        ),
      );
      return url.replace(/postgres$/, name);
    },
    async stop() {
      await end();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** @throws Error if no user exists as which PostgreSQL can run */
function findOtherUser(): { uid: number; gid: number } {
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const name of OTHER_USERS) {
    const user = users.find((fields) => fields[0] === name);
    if (user !== undefined) return { uid: Number(user[2]), gid: Number(user[3]) };
  }
  throw new Error(`PostgreSQL cannot run as root, and no user of ${OTHER_USERS.join(', ')} exists`);
}

async function canConnect(url: string): Promise<boolean> {
  try {
    await withClient(url, (client) => client.query('select 1'));
    return true;
  } catch {
    return false;
  }
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
