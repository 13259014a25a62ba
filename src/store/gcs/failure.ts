import { ApplicationFailure } from '@temporalio/common';
import { plainWithoutSecrets, serviceFailed } from '../../errors.ts';
import { isPage, readAnswer, type Answer, type GcsError } from './answer.ts';
import { describeCredentialFault, isCredentialFault } from './credentials.ts';
import { causeOf, type Cause } from './reasons.ts';

/** The storage that a sentence is about. */
interface Place {
  bucketName: string;
  /** The URL of the storage API. Null or absent: Google's API. */
  apiEndpoint?: string | null;
}

/** The server's words are cut after this many UTF-8 bytes, because a malformed body may be a whole page. */
const MAX_WORDS_BYTES = 200;

/** Each sentence says what happened, then what to do. `name` is the bucket's name. */
const SENTENCES: Readonly<Record<Exclude<Cause, 'condition'>, (name: string) => string>> = {
  retention: (name) =>
    `the retention policy of bucket ${name} forbids replacing objects, but Everclip must replace records: remove the policy, or use another bucket`,
  hold: (name) =>
    `an object in bucket ${name} is under a hold, so Everclip cannot replace it: release the hold, and turn off the bucket's default event-based hold`,
  billing: (name) =>
    `billing is disabled for the project of bucket ${name}: check the project's billing account`,
  requesterPays: (name) =>
    `bucket ${name} has Requester Pays, which Everclip does not support: turn off Requester Pays, or use another bucket`,
  userProject: (name) =>
    `the project that pays for requests to bucket ${name} is not usable: turn off Requester Pays, or check that project's billing account`,
  key: (name) =>
    `the Cloud KMS key of bucket ${name} is not usable: enable the key and let Cloud Storage use it, or change the bucket's default key`,
  objectKey: (name) =>
    `an object in bucket ${name} is encrypted with a customer-supplied key, which Everclip does not have: remove the object`,
  scopes: (name) =>
    `the access scopes of this machine do not allow writing to bucket ${name}: add the scope devstorage.read_write, or set GOOGLE_APPLICATION_CREDENTIALS to a key file`,
  permission: accessDenied,
  apiDisabled: () =>
    'the Cloud Storage API is disabled in the project of the service account: enable storage.googleapis.com',
  perimeter: (name) =>
    `VPC Service Controls deny access to bucket ${name}: let this machine into the service perimeter`,
  orgPolicy: (name) =>
    `an organization policy denies the request to bucket ${name}: change the policy, or use another bucket`,
  https: () => 'the storage server requires TLS: use an https:// URL in GCS_API_ENDPOINT',
  country: (name) => `bucket ${name} is not available from this country: run Everclip elsewhere`,
  rateLimit: (name) =>
    `rate limited by the storage of bucket ${name}; Everclip retries on its own. If this continues, raise the project's quota`,
  quota: (name) =>
    `the quota of the project of bucket ${name} is used up; Everclip retries on its own. If this continues, raise the quota`,
};

/** Translates an error from the library into a ServiceFailed of one sentence, which keeps the server's reason. */
export function gcsFailure(error: unknown, place: Place): ApplicationFailure {
  if (error instanceof ApplicationFailure) return error;
  const { code, message } = error as GcsError;
  const server = place.apiEndpoint || 'Google Cloud Storage';
  if (isCredentialFault(error)) return serviceFailed(describeCredentialFault(server, message));
  const answer = readAnswer(error);
  if (answer.status !== null) return serviceFailed(describeAnswer(answer, server, place));
  const checkWhat = place.apiEndpoint ? 'check GCS_API_ENDPOINT' : 'check the network';
  if (/timeout|aborted|terminated/i.test(message)) {
    return serviceFailed(`${server} timed out: ${checkWhat}`);
  }
  // The message looks like `request to https://…?… failed, reason: connect ECONNREFUSED 127.0.0.1:1`, or has
  // several lines.
  const reason = /reason: (.*)$/m.exec(message)?.[1] ?? String(code ?? message.split('\n')[0]);
  const withoutQuery = reason.replace(/\?\S*/, '');
  return serviceFailed(`cannot reach ${server} (${withoutQuery}): ${checkWhat}`);
}

function describeAnswer(answer: Answer, server: string, { bucketName }: Place): string {
  const { status, reason } = answer;
  const cause = causeOf(answer);
  if (cause !== null && cause !== 'condition') {
    return `${SENTENCES[cause](bucketName)} (${detailsOf(answer)})`;
  }
  if (status === 404 && !isPage(answer.message))
    return `bucket ${bucketName} not found: create it or correct BUCKET_NAME`;
  if (status === 401) return describeCredentialFault(server, answer.message);
  const words = wordsOf(answer);
  const facts = [reason === null ? null : plainWords(reason), words].filter(Boolean).join(': ');
  return `${server} answered with status ${status}${facts && ` (${facts})`}`;
}

/** Returns the status, the reason, and the parts of the message that help to find the cause. */
function detailsOf({ status, reason, message }: Answer): string {
  const [until] = /\buntil \d{4}-\d\d-\d\dT[\w:.+-]+/.exec(message) ?? [];
  const [permission] = /\bstorage\.(?:objects|buckets)\.\w+/.exec(message) ?? [];
  const [constraint] = /\bconstraints\/[\w.]+/.exec(message) ?? [];
  return [
    `status ${status}`,
    reason && plainWords(reason),
    permission && `missing: ${permission}`,
    until,
    constraint,
  ]
    .filter(Boolean)
    .join(', ');
}

/** Returns the server's words without addresses of accounts, because failures may appear in logs and reports. */
function wordsOf({ message }: Answer): string {
  return plainWords(message.replace(/<[^>]*>/g, ' ').replace(/[\w.+-]+@[\w.-]+/g, '…'));
}

function plainWords(text: string): string {
  return plainWithoutSecrets(text, { maxBytes: MAX_WORDS_BYTES }).replace(/\s+/g, ' ');
}

export function accessDenied(bucketName: string): string {
  return `access to bucket ${bucketName} denied: give the service account the role Storage Object User on the bucket`;
}
