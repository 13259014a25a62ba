import { execSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { pino } from 'pino';
import { parseConfig } from '../../../src/config.ts';
import { registerSearchAttributes } from '../../../src/temporal/register-search-attributes.ts';
import { BENCH_SETTINGS, type Server } from './dev-server.ts';

export interface ExternalServer {
  /** A port of this machine. */
  port: string;
  /** A command that prints the size of the server's database in bytes. */
  sizeCommand: string;
}

/**
 * Returns the server that the arguments `--port` and `--size-command` describe, or null if both are missing.
 *
 * @throws Error if only one of the two arguments is missing
 */
export function parseExternalServer(args: readonly string[]): ExternalServer | null {
  const port = readOption(args, '--port');
  const sizeCommand = readOption(args, '--size-command');
  if (port === null && sizeCommand === null) return null;
  if (port === null || sizeCommand === null) {
    throw new Error("--port needs --size-command 'COMMAND', and --size-command needs --port PORT");
  }
  return { port, sizeCommand };
}

function readOption(args: readonly string[], name: string): string | null {
  const index = args.indexOf(name);
  return index === -1 ? null : (args[index + 1] ?? null);
}

/**
 * Connects to a server that is already running. Uses a new task queue, so that other workers cannot take the
 * benchmark's tasks.
 */
export async function connectToServer(
  { port, sizeCommand }: ExternalServer,
  workflowBundle: string,
): Promise<Server> {
  const connection = await Connection.connect({ address: `127.0.0.1:${port}` });
  await registerSearchAttributes(new Client({ connection }), pino({ level: 'warn' }));
  await connection.close();
  const readSize = () => Number(execSync(sizeCommand, { encoding: 'utf8' }).trim());
  const bytesBefore = readSize();
  return {
    config: parseConfig({
      ...BENCH_SETTINGS,
      TEMPORAL_PORT: port,
      TASK_QUEUE: `bench-${randomUUID()}`,
      WORKFLOW_BUNDLE: workflowBundle,
    }),
    pid: null,
    stopAndMeasure: () => Promise.resolve(readSize() - bytesBefore),
  };
}
