import { setTimeout as pause } from 'node:timers/promises';
import { Client, Connection, makeGrpcRetryInterceptor } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { NativeConnection } from '@temporalio/worker';
import { namesTemporal, withDefaultTemporal, type Config } from '../config.ts';
import type { Logger } from '../log.ts';
import { GRPC_STATUS } from './grpc-status.ts';
import { accessDenied, isListening, lastingFault, type Server } from './lasting-fault.ts';
import { createRetries } from './retries.ts';

/** How long to wait for a server that is starting. */
const MAX_WAIT_MS = 60_000;
const RETRY_MS = 2000;

/**
 * The pauses between two attempts to connect again, in milliseconds. gRPC's own pauses grow from one second to two
 * minutes, so a server that is back after some seconds would still be away for this process.
 */
const RECONNECT_PAUSES = {
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1000,
};

export interface TemporalTarget {
  address: string;
  namespace: string;
}

/** The server and the namespace that the settings name. */
export function temporalTarget({ temporalEnv }: Config): TemporalTarget {
  const { connectionOptions, namespace } = loadClientConnectConfig({
    overrideEnvVars: temporalEnv,
  });
  return {
    address: connectionOptions.address ?? 'localhost:7233',
    namespace: namespace ?? 'default',
  };
}

/**
 * Connects a client and checks the namespace. Waits up to a minute for a server that is starting.
 * @throws Error with one sentence that says what to do
 */
export async function connectClient(config: Config, log: Logger): Promise<Client> {
  const client = await retryWhileStarting(() => openClient(config), config, log);
  await checkNamespace(client, config);
  return client;
}

/**
 * Connects a client, without retries.
 * @throws the client's errors; `connectionFault` translates them
 */
export async function openClient(config: Config): Promise<Client> {
  const { connectionOptions, namespace } = loadClientConnectConfig({
    overrideEnvVars: config.temporalEnv,
  });
  // The SDK's two kinds of connection take the same options, declared as different types.
  const options = connectionOptions as Parameters<typeof Connection.connect>[0];
  const retries = createRetries();
  const interceptors = [makeGrpcRetryInterceptor(retries.options), retries.interceptor];
  const channelArgs = RECONNECT_PAUSES;
  const connection = await Connection.connect({ ...options, channelArgs, interceptors });
  const close = connection.close.bind(connection);
  connection.close = async () => {
    await retries.end();
    await close();
  };
  return new Client({ connection, namespace: namespace ?? 'default' });
}

/**
 * Opens the connection for workers. Waits up to a minute for a server that is starting.
 * @throws Error with one sentence that says what to do
 */
export async function connectWorker(config: Config, log: Logger): Promise<NativeConnection> {
  const { connectionOptions } = loadClientConnectConfig({ overrideEnvVars: config.temporalEnv });
  // Commands such as `npm run status` need no worker, and loading this package takes 0.3 s of CPU time.
  const { NativeConnection } = await import('@temporalio/worker');
  return await retryWhileStarting(() => NativeConnection.connect(connectionOptions), config, log);
}

/** @throws Error with one sentence if the namespace does not exist or the server denies access */
export async function checkNamespace({ connection }: Client, config: Config): Promise<void> {
  const { address, namespace } = temporalTarget(config);
  try {
    await connection.workflowService.describeNamespace({ namespace });
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === GRPC_STATUS.UNAUTHENTICATED) throw callFault(error, config);
    // Other errors may be temporary, or the key may lack a permission that only this call needs.
    if (code !== GRPC_STATUS.NOT_FOUND) return;
    throw new Error(
      `namespace ${namespace} not found on Temporal at ${address}: create it (temporal operator namespace create --namespace ${namespace}) or correct TEMPORAL_NAMESPACE`,
      { cause: error },
    );
  }
}

/** @throws Error with one sentence after a minute, or at once if waiting can't help */
async function retryWhileStarting<T>(
  connect: () => Promise<T>,
  config: Config,
  log: Logger,
): Promise<T> {
  const { address } = temporalTarget(config);
  const deadlineMs = Date.now() + MAX_WAIT_MS;
  for (let tries = 1; ; tries++) {
    try {
      return await connect();
    } catch (error) {
      const fault = await lastingFault(error, serverOf(config));
      if (fault !== null) throw fault;
      if (Date.now() > deadlineMs) throw unreachable(address, error);
      const seconds = MAX_WAIT_MS / 1000;
      if (tries === 1) {
        log.warn(`Temporal does not answer at ${address}; retrying for up to ${seconds} s`);
      }
      await pause(RETRY_MS);
    }
  }
}

/** The settings name no Temporal server, and the server of `npm start` is not running. */
export class NotStartedError extends Error {
  override name = 'NotStartedError';
}

/**
 * Translates the error of a failed connection into one sentence. If nothing listens and the settings name no server, the
 * sentence says that Everclip is not running, because `npm start` would have started a server.
 */
export async function connectionFault(error: unknown, settings: Config): Promise<Error> {
  const config = withDefaultTemporal(settings);
  const { address } = temporalTarget(config);
  const fault = await lastingFault(error, serverOf(config));
  if (fault !== null) return fault;
  const { hostname: host, port } = new URL(`tcp://${address}`);
  if (await isListening({ host, port: Number(port) })) return silent(address, error);
  if (namesTemporal(settings)) return unreachable(address, error);
  return new NotStartedError(
    `Everclip is not running, because no Temporal server answers at ${address}: start it with npm start, or set TEMPORAL_ADDRESS to your Temporal server`,
    { cause: error },
  );
}

/**
 * Translates the error of a failed call into one sentence if the server denied access. Returns any other
 * error unchanged.
 */
export function callFault(error: unknown, config: Config): unknown {
  return accessDenied(error, serverOf(config)) ?? error;
}

function serverOf(config: Config): Server {
  const { connectionOptions } = loadClientConnectConfig({ overrideEnvVars: config.temporalEnv });
  return { ...temporalTarget(config), tls: connectionOptions.tls };
}

function silent(address: string, cause: unknown): Error {
  return new Error(
    `Temporal at ${address} accepts connections but does not answer: restart it, or correct TEMPORAL_ADDRESS if another program listens there`,
    { cause },
  );
}

function unreachable(address: string, cause: unknown): Error {
  return new Error(`Temporal does not answer at ${address}: start it or correct TEMPORAL_ADDRESS`, {
    cause,
  });
}
