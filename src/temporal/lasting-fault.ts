import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import type { TLSConfig } from '@temporalio/client';
import { withoutSecrets } from '../errors.ts';
import { GRPC_STATUS } from './grpc-status.ts';

/** A Temporal server, as @temporalio/envconfig reads it from the settings. */
export interface Server {
  address: string;
  namespace: string;
  tls?: TLSConfig | boolean | null | undefined;
}

const DENIALS: Record<number, string> = {
  [GRPC_STATUS.PERMISSION_DENIED]: 'permission denied',
  [GRPC_STATUS.UNAUTHENTICATED]: 'unauthenticated',
};

/** What went wrong in a TLS handshake, and what to do. */
interface TlsFault {
  reason: string;
  fix: string;
}

const CORRECT_SETTINGS = 'correct the TEMPORAL_TLS settings';
const TRUST_CA = "set TEMPORAL_TLS_SERVER_CA_CERT_DATA to the certificate of the server's CA";
const UNKNOWN_CA = { reason: "the server's certificate is from an unknown CA", fix: TRUST_CA };

/**
 * TLS faults, keyed by Node's error code, because Node's messages differ between versions.
 * https://nodejs.org/api/tls.html
 */
const TLS_FAULTS: Record<string, TlsFault> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: {
    reason: "the server's certificate is self-signed",
    fix: 'set TEMPORAL_TLS_SERVER_CA_CERT_DATA to the certificate',
  },
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_CA,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_CA,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_CA,
  ERR_TLS_CERT_ALTNAME_INVALID: {
    reason: "the server's certificate is for another host name",
    fix: 'set TEMPORAL_TLS_SERVER_NAME to a name in the certificate',
  },
  CERT_HAS_EXPIRED: {
    reason: "the server's certificate has expired",
    fix: 'renew the certificate',
  },
  ERR_SSL_WRONG_VERSION_NUMBER: {
    reason: 'the server does not speak TLS',
    fix: CORRECT_SETTINGS,
  },
};

const PROBE_MS = 5000;

/** With TLS 1.3 a server rejects a missing client certificate only after the handshake. */
const AFTER_HANDSHAKE_MS = 300;

/**
 * Returns an Error with one sentence if waiting can't fix the connection, else null.
 *
 * `error` is the error of the connection attempt.
 */
export async function lastingFault(error: unknown, server: Server): Promise<Error | null> {
  return accessDenied(error, server) ?? (await tlsFault(error, server));
}

/** Returns an Error with one sentence if the server denied access, else null. */
export function accessDenied(error: unknown, { address, namespace }: Server): Error | null {
  const { code, cause } = error as { code?: unknown; cause?: { code?: unknown } };
  const reason = DENIALS[Number(code)] ?? DENIALS[Number(cause?.code)];
  return reason === undefined
    ? null
    : new Error(
        `Temporal at ${address} denied access (${reason}): set TEMPORAL_API_KEY to a key for the namespace ${namespace}, or set TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH`,
        { cause: error },
      );
}

/**
 * Returns an Error with one sentence if TLS is the reason why the connection failed, else null.
 *
 * The client reports every TLS failure as a timeout. A separate handshake finds the reason.
 */
async function tlsFault(cause: unknown, { address, tls }: Server): Promise<Error | null> {
  const { hostname: host, port } = new URL(`tcp://${address}`);
  const target = { host, port: Number(port) };
  if (!(await isListening(target))) return null;
  if (!tls) {
    const requiresTls = (await handshake({ ...target, rejectUnauthorized: false })) === null;
    return requiresTls
      ? new Error(`Temporal at ${address} requires TLS: set TEMPORAL_TLS=true`, { cause })
      : null;
  }
  const { serverNameOverride, serverRootCACertificate, clientCertPair } =
    tls === true ? {} : { ...tls };
  const fault = await handshake({
    ...target,
    ...(serverNameOverride ? { servername: serverNameOverride } : {}),
    ...(serverRootCACertificate && { ca: Buffer.from(serverRootCACertificate) }),
    ...(clientCertPair && {
      cert: Buffer.from(clientCertPair.crt),
      key: Buffer.from(clientCertPair.key),
    }),
  });
  return fault === null
    ? null
    : new Error(
        `TLS handshake with Temporal at ${address} failed (${fault.reason}): ${fault.fix}`,
        { cause },
      );
}

/** True if something accepts TCP connections at `target`. A frozen process still does. */
export async function isListening(target: { host: string; port: number }): Promise<boolean> {
  const socket = connectTcp({ ...target, timeout: PROBE_MS });
  socket.once('timeout', () => socket.destroy(new Error('timed out')));
  const connected = await once(socket, 'connect').then(
    () => true,
    () => false,
  );
  socket.destroy();
  return connected;
}

/** Returns why a TLS handshake fails, or null if it succeeds. */
async function handshake(options: ConnectionOptions): Promise<TlsFault | null> {
  const socket = connectTls({ ...options, ALPNProtocols: ['h2'], timeout: PROBE_MS });
  socket.once('timeout', () => socket.destroy(new Error('timed out')));
  const failed = once(socket, 'error').then(([error]) => error as Error);
  const done = once(socket, 'secureConnect').then(() => pause(AFTER_HANDSHAKE_MS, null));
  try {
    // `once` rejects if the socket emits `error` while `once` waits for another event.
    const error = await Promise.race([failed, done.catch((reason: unknown) => reason as Error)]);
    return error === null ? null : describeTlsError(error);
  } finally {
    socket.on('error', () => undefined).destroy();
  }
}

function describeTlsError(error: Error & { code?: unknown }): TlsFault {
  const known = TLS_FAULTS[String(error.code)];
  const reason = withoutSecrets(error.message.split('\n')[0] ?? '');
  return known ?? { reason, fix: CORRECT_SETTINGS };
}
