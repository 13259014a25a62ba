import {
  Client,
  Connection,
  defaultGrpcRetryOptions,
  makeGrpcRetryInterceptor,
} from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection } from '@temporalio/worker';
import type { Config } from '../config.ts';
import type { Logger } from '../log.ts';
import { lastingFault, refusalOf, type Server } from './lasting-fault.ts';

/** How long a server that is still starting is waited for. */
const PATIENCE_MS = 60_000;

const GRPC_NOT_FOUND = 5;
const GRPC_UNAUTHENTICATED = 16;

export interface TemporalTarget {
  address: string;
  namespace: string;
}

/** Which server and namespace the environment names. */
export function temporalTarget({ temporalEnv }: Config): TemporalTarget {
  const { connectionOptions, namespace } = loadClientConnectConfig({
    overrideEnvVars: temporalEnv,
  });
  return {
    address: connectionOptions.address ?? 'localhost:7233',
    namespace: namespace ?? 'default',
  };
}

/** Connects a client, waiting for a server that is still starting. */
export async function connectClient(config: Config, log: Logger): Promise<Client> {
  const client = await patiently(() => openClient(config), config, log);
  await checkNamespace(client, config);
  return client;
}

/**
 * Connects a client at once or not at all.
 * @throws whatever the client throws
 */
export async function openClient(config: Config): Promise<Client> {
  const { connectionOptions, namespace } = loadClientConnectConfig({
    overrideEnvVars: config.temporalEnv,
  });
  // The two kinds of connection take the same options in different types.
  const options = connectionOptions as Parameters<typeof Connection.connect>[0];
  // By default a call to a server that is away comes back after half a minute, and nobody hears why.
  const interceptors = [makeGrpcRetryInterceptor(defaultGrpcRetryOptions({ maxAttempts: 4 }))];
  const connection = await Connection.connect({ ...options, interceptors });
  return new Client({ connection, namespace: namespace ?? 'default' });
}

/** Connects a worker's own kind of connection, as patiently. */
export async function connectWorker(config: Config, log: Logger): Promise<NativeConnection> {
  const { connectionOptions } = loadClientConnectConfig({ overrideEnvVars: config.temporalEnv });
  return await patiently(() => NativeConnection.connect(connectionOptions), config, log);
}

/** @throws Error with one sentence where the namespace isn't there */
export async function checkNamespace({ connection }: Client, config: Config): Promise<void> {
  const { address, namespace } = temporalTarget(config);
  try {
    await connection.workflowService.describeNamespace({ namespace });
  } catch (error) {
    // Other faults may pass, or be a right that only this call needs.
    const { code } = error as { code?: unknown };
    if (code === GRPC_UNAUTHENTICATED) throw callFault(error, config);
    if (code !== GRPC_NOT_FOUND) return;
    throw new Error(
      `Temporal at ${address} has no namespace ${namespace}: create it (temporal operator namespace create --namespace ${namespace}), or correct TEMPORAL_NAMESPACE`,
      { cause: error },
    );
  }
}

/** @throws Error with one sentence when the patience is over, or where it can't help */
async function patiently<T>(connect: () => Promise<T>, config: Config, log: Logger): Promise<T> {
  const { address } = temporalTarget(config);
  const untilMs = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await connect();
    } catch (error) {
      const fault = await lastingFault(error, serverOf(config));
      if (fault !== null) throw fault;
      if (Date.now() > untilMs) throw absentTemporal(address, error);
      log.warn(`waiting for Temporal at ${address}`);
      await new Promise((resolve) => setTimeout(resolve, 2000));
    }
  }
}

/** One sentence about a connection that failed. */
export const connectionFault = async (error: unknown, config: Config): Promise<Error> =>
  (await lastingFault(error, serverOf(config))) ??
  absentTemporal(temporalTarget(config).address, error);

/** What any call to the server failed with, in one sentence where it is that we aren't let in. */
export const callFault = (error: unknown, config: Config): unknown =>
  refusalOf(error, serverOf(config)) ?? error;

function serverOf(config: Config): Server {
  const { connectionOptions } = loadClientConnectConfig({ overrideEnvVars: config.temporalEnv });
  return { ...temporalTarget(config), tls: connectionOptions.tls };
}

/** One sentence about a server that does not answer. */
const absentTemporal = (address: string, cause: unknown): Error =>
  new Error(`Temporal does not answer at ${address}: start it, or correct TEMPORAL_ADDRESS`, {
    cause,
  });
