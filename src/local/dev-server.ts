import { execFile, spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Connection } from '@temporalio/client';
import type { Config } from '../config.ts';
import { programEnvironment } from '../config/program-environment.ts';
import { PRIVATE_FILE, PRIVATE_FOLDER } from '../private-files.ts';
import { identityOf, isAlive } from '../process-identity.ts';
import { searchAttributeArguments } from '../temporal/register-search-attributes.ts';
import { serverArguments } from '../temporal/server-settings.ts';
import { claimDatabase } from './data-dir.ts';

const run = promisify(execFile);

/** The Temporal dev server that `npm start` runs. */
export interface DevServer {
  /** True if an earlier run started the server and the server survived that run. */
  reused: boolean;
  address: string;
  /** The Web UI's URL. */
  webUi: string;
  /** True while the server's process runs. */
  isAlive: () => boolean;
  /** Stops the server, even if an earlier run started it, and waits until the server has ended. */
  stop(): Promise<void>;
}

/** The content of `temporal.json`. A later run uses this file to find a server that is still running. */
interface ServerFile {
  pid: number;
  /** Distinguishes the server's process from a later process with the same pid. */
  identity: string;
  temporalPort: number;
  webUiPort: number;
}

const MAX_START_MS = 60_000;
const MAX_STOP_MS = 15_000;
const CHECK_EVERY_MS = 100;

/**
 * Starts the Temporal dev server on the database in the data folder, or returns the server that already runs
 * on this database. A server survives if the process that started it is killed.
 * @throws Error if a port is in use or the server can't start
 */
export async function startDevServer(config: Config): Promise<DevServer> {
  const { dataDir, temporalCli, temporalPort, webUiPort } = config;
  mkdirSync(dataDir, { recursive: true, mode: PRIVATE_FOLDER });
  const file = join(dataDir, 'temporal.json');
  const earlier = readServerFile(file);
  if (earlier !== null && isAlive(earlier.identity)) {
    await waitUntilServing(earlier, dataDir);
    return createHandle(earlier, true);
  }
  claimDatabase(dataDir, { temporalCli, version: await readServerVersion(temporalCli) });
  await requireFreePort('TEMPORAL_PORT', temporalPort);
  await requireFreePort('WEB_UI_PORT', webUiPort);
  const pid = launch(config);
  const server = { pid, identity: identityOf(pid), temporalPort, webUiPort };
  writeFileSync(file, JSON.stringify(server), { mode: PRIVATE_FILE });
  await waitUntilServing(server, dataDir);
  return createHandle(server, false);
}

/** Returns the version of the Temporal server in the CLI. This version determines the database's tables. */
async function readServerVersion(temporalCli: string): Promise<string> {
  try {
    const { stdout } = await run(temporalCli, ['--version'], { env: programEnvironment() });
    // The CLI's own version is not reliable, because the CLI reports 0.0.0-DEV if it was built with Go from source.
    return /Server ([\w.-]+)/.exec(stdout)?.[1] ?? stdout.trim();
  } catch (error) {
    throw unusableCli(temporalCli, error);
  }
}

function unusableCli(temporalCli: string, cause?: unknown): Error {
  return new Error(
    `the Temporal CLI "${temporalCli}" cannot be run: set TEMPORAL_CLI to the path of the temporal command`,
    { cause },
  );
}

/** Starts the server's process. Returns its pid. */
function launch(config: Config): number {
  const output = openSync(join(config.dataDir, 'temporal.log'), 'a', PRIVATE_FILE);
  const child = spawn(
    config.temporalCli,
    [
      'server',
      'start-dev',
      '--ip=127.0.0.1',
      '--log-level=warn',
      `--db-filename=${join(config.dataDir, 'temporal.db')}`,
      `--port=${config.temporalPort}`,
      `--ui-port=${config.webUiPort}`,
      // With WAL, the server starts four times as many workflows a second as with SQLite's default journal. With WAL,
      // the database survives a kill just as well.
      '--sqlite-pragma=journal_mode=WAL',
      '--sqlite-pragma=synchronous=NORMAL',
      ...serverArguments(),
      ...searchAttributeArguments(),
    ],
    // Run the server in its own process group, because Ctrl-C must not stop the server before the worker has drained.
    // The server needs no settings of Everclip, and must not know its secrets.
    { detached: true, stdio: ['ignore', output, output], env: programEnvironment() },
  );
  child.on('error', () => undefined);
  child.unref();
  if (child.pid === undefined) throw unusableCli(config.temporalCli);
  return child.pid;
}

function createHandle(server: ServerFile, reused: boolean): DevServer {
  return {
    reused,
    address: addressOf(server),
    webUi: `http://127.0.0.1:${server.webUiPort}`,
    isAlive: () => isAlive(server.identity),
    async stop() {
      if (!isAlive(server.identity)) return;
      process.kill(server.pid, 'SIGTERM');
      const deadlineMs = Date.now() + MAX_STOP_MS;
      while (isAlive(server.identity) && Date.now() < deadlineMs) await pause(CHECK_EVERY_MS);
      if (isAlive(server.identity)) process.kill(server.pid, 'SIGKILL');
    },
  };
}

function addressOf({ temporalPort }: ServerFile): string {
  return `127.0.0.1:${temporalPort}`;
}

/** @throws Error if the server ends before it is ready, or is not ready in time */
async function waitUntilServing(server: ServerFile, dataDir: string): Promise<void> {
  const deadlineMs = Date.now() + MAX_START_MS;
  while (!(await isServing(addressOf(server)))) {
    if (!isAlive(server.identity) || Date.now() > deadlineMs) {
      const log = join(dataDir, 'temporal.log');
      throw new Error(`the Temporal dev server did not start: read ${log} for the reason`);
    }
    await pause(CHECK_EVERY_MS);
  }
}

/** True if the server at this address answers and has the namespace `default`. */
async function isServing(address: string): Promise<boolean> {
  try {
    const connection = await Connection.connect({ address, connectTimeout: '2s' });
    try {
      await connection.workflowService.describeNamespace({ namespace: 'default' });
      return true;
    } finally {
      await connection.close();
    }
  } catch {
    return false;
  }
}

/**
 * @param setting the setting that chooses the port
 * @throws Error if another program listens on the port
 */
async function requireFreePort(setting: string, port: number): Promise<void> {
  const inUse = await new Promise<boolean>((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port }, () => {
      socket.destroy();
      resolve(true);
    }).on('error', () => {
      resolve(false);
    });
  });
  if (inUse) {
    throw new Error(
      `port ${port} is used by another program: stop that program, or set ${setting} to a free port`,
    );
  }
}

/** Returns the content of the file, or null if the file is missing or invalid. */
function readServerFile(file: string): ServerFile | null {
  try {
    const server = JSON.parse(readFileSync(file, 'utf8')) as Partial<ServerFile> | null;
    return typeof server?.identity === 'string' ? (server as ServerFile) : null;
  } catch {
    return null;
  }
}
