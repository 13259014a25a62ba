import { spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import type { Config } from '../config.ts';
import { claimDatabase } from './claim-database.ts';
import { identityOf, isAlive } from '../process-identity.ts';
import { searchAttributeArguments } from '../temporal/register-search-attributes.ts';

export interface DevServer {
  /** True where it was still running, from before a kill. */
  reused: boolean;
  address: string;
  webUi: string;
  /** False where its process has ended. */
  isAlive: () => boolean;
  /** Stops the server, whoever started it, and waits for its end. */
  stop(): Promise<void>;
}

/** Which process serves our database, so that a server that outlived its starter is found again. */
interface ServerFile {
  pid: number;
  /** Of the process: pids are given out again. */
  identity: string;
  temporalPort: number;
  webUiPort: number;
}

const START_MS = 60_000;
const STOP_MS = 15_000;

/**
 * Starts the Temporal dev server on the database in the data folder, or finds the one that still runs
 * on it: the server outlives a killed parent.
 * @throws Error with one sentence where a port is taken or the server can't start
 */
export async function startDevServer(config: Config): Promise<DevServer> {
  const { dataDir } = config;
  mkdirSync(dataDir, { recursive: true });
  const file = join(dataDir, 'temporal.json');
  const database = join(dataDir, 'temporal.db');
  const left = readServerFile(file);
  if (left && isAlive(left.identity)) {
    await untilServing(left, dataDir);
    return handleOf(left, true);
  }
  await claimDatabase(config.temporalCli, dataDir);
  await refuseTakenPort('TEMPORAL_PORT', config.temporalPort);
  await refuseTakenPort('WEB_UI_PORT', config.webUiPort);
  const { temporalPort, webUiPort } = config;
  const pid = launch(config, database);
  const server = { pid, identity: identityOf(pid), temporalPort, webUiPort };
  writeFileSync(file, JSON.stringify(server));
  await untilServing(server, dataDir);
  return handleOf(server, false);
}

function launch(config: Config, database: string): number {
  const output = openSync(join(config.dataDir, 'temporal.log'), 'a');
  const child = spawn(
    config.temporalCli,
    [
      ...['server', 'start-dev', '--ip', '127.0.0.1', '--log-level', 'warn'],
      ...['--db-filename', database, '--port', String(config.temporalPort)],
      ...['--ui-port', String(config.webUiPort)],
      // Four times as many starts a second as with SQLite's defaults, and as safe against a kill.
      ...['--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=NORMAL'],
      // Without it the server doesn't heed priorities.
      ...['--dynamic-config-value', 'matching.useNewMatcher=true'],
      ...searchAttributeArguments(),
    ],
    // A group of its own: Ctrl-C in the terminal must not stop it before the worker has drained.
    { detached: true, stdio: ['ignore', output, output] },
  );
  child.on('error', () => undefined);
  child.unref();
  if (child.pid === undefined) {
    throw new Error(
      `the Temporal CLI "${config.temporalCli}" can't be run: set TEMPORAL_CLI to its path`,
    );
  }
  return child.pid;
}

function handleOf(server: ServerFile, reused: boolean): DevServer {
  return {
    reused,
    address: addressOf(server),
    webUi: `http://127.0.0.1:${server.webUiPort}`,
    isAlive: () => isAlive(server.identity),
    async stop() {
      if (!isAlive(server.identity)) return;
      process.kill(server.pid, 'SIGTERM');
      const untilMs = Date.now() + STOP_MS;
      while (isAlive(server.identity) && Date.now() < untilMs) await pause(100);
      if (isAlive(server.identity)) process.kill(server.pid, 'SIGKILL');
    },
  };
}

const addressOf = ({ temporalPort }: ServerFile): string => `127.0.0.1:${temporalPort}`;

async function untilServing(server: ServerFile, dataDir: string): Promise<void> {
  const address = addressOf(server);
  const untilMs = Date.now() + START_MS;
  for (;;) {
    try {
      const connection = await Connection.connect({ address, connectTimeout: '2s' });
      try {
        await connection.workflowService.describeNamespace({ namespace: 'default' });
        return;
      } finally {
        await connection.close();
      }
    } catch {
      if (!isAlive(server.identity) || Date.now() > untilMs) {
        throw new Error(
          `the Temporal dev server does not start: see ${join(dataDir, 'temporal.log')}`,
        );
      }
      await pause(100);
    }
  }
}

async function refuseTakenPort(name: string, port: number): Promise<void> {
  const taken = await new Promise<boolean>((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port }, () => {
      socket.destroy();
      resolve(true);
    }).on('error', () => {
      resolve(false);
    });
  });
  if (taken) {
    throw new Error(
      `port ${port} is taken by another program: stop it, or set ${name} to a free port`,
    );
  }
}

function readServerFile(file: string): ServerFile | null {
  try {
    const server = JSON.parse(readFileSync(file, 'utf8')) as Partial<ServerFile> | null;
    return typeof server?.identity === 'string' ? (server as ServerFile) : null;
  } catch {
    return null;
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
