import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import type { TLSConfig } from '@temporalio/client';
import { withoutSecrets } from '../errors.ts';

/** A server that we want to reach, as @temporalio/envconfig reads it from the settings. */
export interface Server {
  address: string;
  namespace: string;
  tls?: TLSConfig | boolean | null | undefined;
}

/** gRPC's codes for a server that knows us too little. */
const REFUSALS: Record<number, string> = { 7: 'permission denied', 16: 'unauthenticated' };

const PROBE_MS = 5000;
/** TLS 1.3 tells only after the handshake that a client's certificate is missing. */
const AFTER_HANDSHAKE_MS = 300;

/** A sentence about a fault of a connection that waiting doesn't mend; null where it may pass. */
export async function lastingFault(error: unknown, server: Server): Promise<Error | null> {
  return refusalOf(error, server) ?? (await tlsFault(error, server));
}

/** A sentence where a call failed because the server doesn't let us in; else null. */
export function refusalOf(error: unknown, { address, namespace }: Server): Error | null {
  const { code, cause } = error as { code?: unknown; cause?: { code?: unknown } };
  const refusal = REFUSALS[Number(code)] ?? REFUSALS[Number(cause?.code)];
  return refusal === undefined
    ? null
    : new Error(
        `Temporal at ${address} does not let us in (${refusal}): set TEMPORAL_API_KEY to a key for the namespace ${namespace}, or TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH`,
        { cause: error },
      );
}

/** The client says no more than that it came too late: one handshake of our own tells why. */
async function tlsFault(cause: unknown, { address, tls }: Server): Promise<Error | null> {
  const { hostname: host, port } = new URL(`tcp://${address}`);
  const target = { host, port: Number(port) };
  if (!(await isListening(target))) return null;
  if (!tls) {
    const speaksTls = (await handshake({ ...target, rejectUnauthorized: false })) === null;
    return speaksTls
      ? new Error(`Temporal at ${address} speaks TLS: set TEMPORAL_TLS=true`, { cause })
      : null;
  }
  const { serverNameOverride, serverRootCACertificate, clientCertPair } =
    tls === true ? {} : { ...tls };
  const reason = await handshake({
    ...target,
    ...(serverNameOverride ? { servername: serverNameOverride } : {}),
    ...(serverRootCACertificate && { ca: Buffer.from(serverRootCACertificate) }),
    ...(clientCertPair && {
      cert: Buffer.from(clientCertPair.crt),
      key: Buffer.from(clientCertPair.key),
    }),
  });
  return reason === null
    ? null
    : new Error(
        `Temporal at ${address}: TLS fails (${reason}): correct the TEMPORAL_TLS settings`,
        { cause },
      );
}

async function isListening(target: { host: string; port: number }): Promise<boolean> {
  const socket = connectTcp({ ...target, timeout: PROBE_MS });
  socket.once('timeout', () => socket.destroy(new Error('no answer')));
  const connected = await once(socket, 'connect').then(
    () => true,
    () => false,
  );
  socket.destroy();
  return connected;
}

/** Null where the handshake succeeds, else why not. */
async function handshake(options: ConnectionOptions): Promise<string | null> {
  const socket = connectTls({ ...options, ALPNProtocols: ['h2'], timeout: PROBE_MS });
  socket.once('timeout', () => socket.destroy(new Error('no answer')));
  const failed = once(socket, 'error').then(([error]) => error as Error);
  const done = once(socket, 'secureConnect').then(() => pause(AFTER_HANDSHAKE_MS, null));
  try {
    // `once` rejects with an error that comes while it waits for something else.
    const error = await Promise.race([failed, done.catch((reason: unknown) => reason as Error)]);
    return error === null ? null : reasonOf(error);
  } finally {
    socket.on('error', () => undefined).destroy();
  }
}

function reasonOf(error: Error & { code?: unknown }): string {
  if (error.code === 'ERR_SSL_WRONG_VERSION_NUMBER') return 'the server speaks no TLS';
  return withoutSecrets(error.message.split('\n')[0] ?? '');
}
