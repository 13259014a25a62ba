import { execSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { pino } from 'pino';
import { parseConfig } from '../../src/config.ts';
import { registerSearchAttributes } from '../../src/temporal/register-search-attributes.ts';
import type { Server } from './server.ts';

export interface External {
  /** On this machine. */
  port: string;
  /** A command that prints the size of the server's database in bytes. */
  sizeCommand: string;
}

/** The server that `--port` and `--size-command` name; null where they name none. */
export function externalOf(args: readonly string[]): External | null {
  const valueOf = (name: string) => args[args.indexOf(name) + 1];
  if (!args.includes('--port')) return null;
  const [port, sizeCommand] = [valueOf('--port'), valueOf('--size-command')];
  if (!port || !sizeCommand || !args.includes('--size-command')) {
    throw new Error("--port takes a port, and --size-command 'command' with it");
  }
  return { port, sizeCommand };
}

/** A server that runs already, under a task queue of our own; its database grows from rig to rig. */
export async function externalServer(
  { port, sizeCommand }: External,
  workflowBundle: string,
): Promise<Server> {
  const connection = await Connection.connect({ address: `127.0.0.1:${port}` });
  await registerSearchAttributes(new Client({ connection }), pino({ level: 'warn' }));
  await connection.close();
  const size = () => Number(execSync(sizeCommand, { encoding: 'utf8' }).trim());
  const before = size();
  return {
    config: parseConfig({
      TEMPORAL_PORT: port,
      TASK_QUEUE: `bench-${randomUUID()}`,
      WORKFLOW_BUNDLE: workflowBundle,
      DISCORD_REQUESTS_PER_SECOND: '10000',
    }),
    pid: null,
    stopAndMeasure: () => Promise.resolve(size() - before),
  };
}
