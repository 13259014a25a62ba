/**
 * An error of Google's login library. Errors of the storage server have a `code` that is an HTTP status, and no
 * `config`.
 */
interface LoginError extends Error {
  code?: unknown;
  /** The request to the server that gives out tokens; absent if no such request was sent. */
  config?: unknown;
  /** The HTTP status of the server that gives out tokens; absent if no response arrived. */
  status?: unknown;
}

const TOO_MANY_REQUESTS = 429;

/** True if Google's login library found no credentials, or if the login server rejected them. */
export function isCredentialFault(error: unknown): boolean {
  const { message, code, config, status } = error as LoginError;
  if (config !== undefined) {
    // A busy login server answers with 429 or 5xx.
    return typeof status === 'number' && status < 500 && status !== TOO_MANY_REQUESTS;
  }
  if (Number.isInteger(code)) return false;
  return /credential|invalid_grant|not exist, or it is not a file|private key|key file|DECODER|in JSON/i.test(
    message,
  );
}

const KEY_FILE = 'set GOOGLE_APPLICATION_CREDENTIALS to the key file of a service account';

/**
 * The remedies for what Google's login server says:
 * https://cloud.google.com/iam/docs/service-accounts-troubleshoot
 */
const REMEDIES: readonly { says: RegExp; why: string; remedy: string }[] = [
  {
    says: /invalid jwt signature/i,
    why: 'the key was deleted or disabled',
    remedy:
      'create a new key for the service account, and set GOOGLE_APPLICATION_CREDENTIALS to its file',
  },
  {
    says: /account not found|account.*(disabled|deleted)|disabled_client/i,
    why: 'the service account was deleted or disabled',
    remedy: 'enable the account, or use the key file of another account',
  },
  {
    says: /short-lived token|\biat\b/i,
    why: "this machine's clock is wrong",
    remedy: 'turn on time synchronization (NTP)',
  },
  {
    says: /access ?token for the compute engine/i,
    why: 'this machine has no service account with access',
    remedy: `attach a service account to the machine, or ${KEY_FILE}`,
  },
];

/** Returns one sentence about a fault of the credentials, without the credentials themselves. */
export function describeCredentialFault(server: string, message: string): string {
  const known = REMEDIES.find(({ says }) => says.test(message));
  if (known === undefined) return `${server} rejected the credentials: ${KEY_FILE}`;
  return `${server} rejected the credentials, because ${known.why}: ${known.remedy}`;
}
