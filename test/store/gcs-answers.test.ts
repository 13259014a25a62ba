import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { isFailure } from '../../src/errors.ts';
import { createGcsBucket } from '../../src/store/gcs/bucket.ts';
import { checkGcsBucket } from '../../src/store/gcs/client.ts';
import { gcsFailure } from '../../src/store/gcs/failure.ts';
import { causeOf, isRateLimit } from '../../src/store/gcs/reasons.ts';
import { startLocalServer, type LocalServer } from '../support/local-server.ts';
import { pause } from '../support/wait.ts';
import { JSON_OBJECT } from './bucket-contract.ts';

/** Long enough for two or three attempts. */
const SHORT_LIMITS = { totalMs: 900, requestMs: 400 };
/** The generation of the object that the server in this file stores. */
const GENERATION = '1709287200125000';

/** One response of the storage server. */
interface Response {
  status: number;
  type?: string;
  body?: string;
}

let server: LocalServer;
let apiEndpoint = '';
/** What the server answers to each request, and how many requests it got. */
let answers: { write: Response; read: Response } = {
  write: { status: 500 },
  read: { status: 500 },
};
let requests = 0;

before(async () => {
  server = await startLocalServer((request, response) => {
    requests++;
    request.resume().on('end', () => {
      const { status, type, body } = request.method === 'GET' ? answers.read : answers.write;
      const headers = {
        'content-type': type ?? 'application/json',
        'x-goog-generation': GENERATION,
      };
      response.writeHead(status, headers).end(body ?? '');
    });
  });
  apiEndpoint = server.origin;
});
after(() => server.stop());

const MESSAGE = 'the words of the server';

/** The body of the JSON API, as Google Cloud Storage sends it. */
function json(status: number, reason: string, message = MESSAGE): Response {
  const error = { code: status, message, errors: [{ message, domain: 'global', reason }] };
  return { status, body: JSON.stringify({ error }) };
}

/** The body of the XML API. */
function xml(status: number, code: string, details = ''): Response {
  const body = `<?xml version='1.0' encoding='UTF-8'?><Error><Code>${code}</Code><Message>Refused.</Message><Details>${details}</Details></Error>`;
  return { status, type: 'application/xml', body };
}

function answerAll(response: Response): void {
  answers = { write: response, read: response };
  requests = 0;
}

function openBucket() {
  return createGcsBucket({ bucketName: 'clips', apiEndpoint, limits: SHORT_LIMITS });
}

/** Runs `task`, which must fail as a retryable ServiceFailed. Returns its sentence. */
async function sentenceOf(task: () => Promise<unknown>): Promise<string> {
  const error = await task().then(
    () => assert.fail('the request succeeded'),
    (reason: unknown) => reason,
  );
  assert.ok(isFailure(error, 'ServiceFailed'), String(error));
  assert.equal((error as { nonRetryable?: boolean }).nonRetryable, false);
  return (error as Error).message;
}

const writeRecord = () => openBucket().write('messages/1/2.json', '{}', JSON_OBJECT);
const readRecord = () => openBucket().read('messages/1/2.json');
const check = () => checkGcsBucket({ bucketName: 'clips', apiEndpoint, limits: SHORT_LIMITS });

const RETENTION =
  /^the retention policy of bucket clips forbids replacing objects, but .*: remove the policy, or use another bucket \(/;
const HOLD =
  /^an object in bucket clips is under a hold, .*: release the hold, and turn off the bucket's default event-based hold \(/;
const BILLING = /^billing is disabled for the project of bucket clips: check .* billing account \(/;
const REQUESTER_PAYS = /^bucket clips has Requester Pays, .*: turn off Requester Pays, or use /;
const USER_PROJECT = /^the project that pays for requests to bucket clips is not usable: turn off /;
const KEY = /^the Cloud KMS key of bucket clips is not usable: enable the key and let /;
const PERMISSION =
  /^access to bucket clips denied: give the service account the role Storage Object User on the bucket \(/;
const SCOPES = /^the access scopes of this machine do not allow writing to bucket clips: add the /;
const PERIMETER = /^VPC Service Controls deny access to bucket clips: let this machine into /;
const ORG_POLICY =
  /^an organization policy denies the request to bucket clips: change the policy, /;
const OTHER =
  /^http:\/\/127\.0\.0\.1:\d+ answered with status \d+ \(\w+: the words of the server\)$/;

/** Every documented reason of 400, 403 and 412 that can be the answer to a request of Everclip. */
const REASONS: readonly [number, string, RegExp][] = [
  [400, 'badRequest', OTHER],
  [400, 'badRequestException', OTHER],
  [400, 'cloudKmsBadKey', KEY],
  [400, 'cloudKmsCannotChangeKeyName', KEY],
  [400, 'cloudKmsDecryptionKeyNotFound', KEY],
  [400, 'cloudKmsDisabledKey', KEY],
  [400, 'cloudKmsEncryptionKeyNotFound', KEY],
  [400, 'cloudKmsKeyLocationNotAllowed', KEY],
  [400, 'customerEncryptionKeyIsIncorrect', OTHER],
  [400, 'invalid', OTHER],
  [400, 'invalidArgument', OTHER],
  [400, 'invalidParameter', OTHER],
  [400, 'parseError', OTHER],
  [400, 'required', OTHER],
  [400, 'resourceIsEncryptedWithCustomerEncryptionKey', /encrypted with a customer-supplied key/],
  [400, 'turnedDown', OTHER],
  [400, 'userProjectInconsistent', USER_PROJECT],
  [400, 'userProjectInvalid', USER_PROJECT],
  [400, 'userProjectMissing', REQUESTER_PAYS],
  [403, 'accountDisabled', BILLING],
  [403, 'countryBlocked', /^bucket clips is not available from this country: run Everclip elsewhe/],
  [403, 'forbidden', PERMISSION],
  [403, 'insufficientPermissions', PERMISSION],
  [403, 'objectUnderActiveHold', HOLD],
  [403, 'retentionPolicyNotMet', RETENTION],
  [
    403,
    'sslRequired',
    /^the storage server requires TLS: use an https:\/\/ URL in GCS_API_ENDPOINT/,
  ],
  [403, 'stopChannelCallerNotOwner', OTHER],
  [
    403,
    'UsageLimits.accessNotConfigured',
    /^the Cloud Storage API is disabled .*: enable storage\./,
  ],
  [403, 'UserProjectAccessDenied', USER_PROJECT],
  [403, 'UserProjectAccountProblem', USER_PROJECT],
  [412, 'conditionNotMet', OTHER],
  [412, 'orgPolicyConstraintFailed', ORG_POLICY],
];

/** Answers whose reason says less than their message, or that are not JSON. */
const OTHER_FORMS: readonly [string, Response, RegExp][] = [
  [
    'the retention policy names the end of the period',
    json(
      403,
      'retentionPolicyNotMet',
      "Object 'clips/a' is subject to bucket's retention policy or object retention and cannot be deleted or overwritten until 2026-09-30T15:58:01.185839-07:00",
    ),
    /\(status 403, retentionPolicyNotMet, until 2026-09-30T15:58:01\.185839-07:00\)$/,
  ],
  [
    'a hold with the reason of a missing permission',
    json(
      403,
      'forbidden',
      "Object 'clips/a' is under active Event-Based hold and cannot be deleted, overwritten or archived until hold is removed.",
    ),
    HOLD,
  ],
  [
    'a missing permission is named, without the address of the account',
    json(
      403,
      'forbidden',
      "everclip@example.iam.gserviceaccount.com does not have storage.objects.delete access to the Google Cloud Storage object. Permission 'storage.objects.delete' denied on resource (or it may not exist).",
    ),
    /on the bucket \(status 403, forbidden, missing: storage\.objects\.delete\)$/,
  ],
  [
    'access scopes',
    json(403, 'insufficientPermissions', 'Provided scope(s) are not authorized'),
    SCOPES,
  ],
  [
    'a Cloud KMS key that Cloud Storage may not use',
    json(
      403,
      'forbidden',
      'Permission denied on Cloud KMS key. Please ensure that your Cloud Storage',
    ),
    KEY,
  ],
  [
    'a service perimeter',
    json(
      403,
      'forbidden',
      'Request is prohibited by organization policy. vpcServiceControlsUniqueIdentifier: x',
    ),
    PERIMETER,
  ],
  [
    'an organization policy names its constraint',
    json(
      412,
      'orgPolicyConstraintFailed',
      "Request violates constraint 'constraints/gcp.resourceLocations'",
    ),
    /\(status 412, orgPolicyConstraintFailed, constraints\/gcp\.resourceLocations\)$/,
  ],
  [
    'a disabled API, whose reason is in the details',
    {
      status: 403,
      body: JSON.stringify({
        error: { code: 403, message: MESSAGE, details: [{ reason: 'SERVICE_DISABLED' }] },
      }),
    },
    /^the Cloud Storage API is disabled .* \(status 403, SERVICE_DISABLED\)$/,
  ],
  ['XML: a retention policy', xml(403, 'RetentionPolicyNotMet'), RETENTION],
  ['XML: a hold', xml(403, 'ObjectUnderActiveHold'), HOLD],
  ['XML: billing', xml(403, 'AccountProblem'), BILLING],
  ['XML: Requester Pays', xml(400, 'UserProjectMissing'), REQUESTER_PAYS],
  ['XML: a permission', xml(403, 'AccessDenied'), PERMISSION],
  [
    'XML: an unknown reason',
    xml(400, 'InvalidUri', 'a'),
    /status 400 \(InvalidUri: Refused\. a\)$/,
  ],
  [
    'plain text',
    { status: 403, type: 'text/plain', body: 'Bucket is a requester pays bucket' },
    REQUESTER_PAYS,
  ],
  [
    'a page of a proxy',
    { status: 400, type: 'text/html', body: '<h1>Bad\u202e request</h1>' },
    /status 400 \(Bad request\)$/,
  ],
  ['no body', { status: 403 }, PERMISSION],
  ['an empty JSON error', { status: 403, body: '{"error":{}}' }, PERMISSION],
  [
    'an error that is a text',
    { status: 400, body: '{"error":"invalid"}' },
    /answered with status 400 \(/,
  ],
  [
    'malformed lists',
    { status: 403, body: '{"error":{"errors":[{"reason":7}],"details":3}}' },
    PERMISSION,
  ],
];

describe('answers of the storage server', () => {
  test('each documented 400, 403 and 412 keeps its reason, says what to do, and is sent once per call', async () => {
    for (const [status, reason, sentence] of REASONS) {
      answerAll(json(status, reason));
      for (const task of [writeRecord, readRecord, check]) {
        const says = await sentenceOf(task);
        assert.match(says, sentence);
        assert.ok(says.includes(reason) && says.includes(`status ${status}`), says);
      }
      assert.equal(requests, 3, reason);
    }
  });

  test('if the reason is in the message, in XML or missing, the sentence still says what to do', async () => {
    for (const [name, response, sentence] of OTHER_FORMS) {
      answerAll(response);
      for (const task of [writeRecord, readRecord]) {
        const says = await sentenceOf(task);
        assert.match(says, sentence, name);
        assert.doesNotMatch(says, /@|\n|\u202e/, name);
      }
      assert.equal(requests, 2, name);
    }
  });

  test('a body of a megabyte is cut to one short sentence', async () => {
    answerAll({ status: 400, type: 'text/html', body: 'x'.repeat(2 ** 20) });
    assert.ok((await sentenceOf(writeRecord)).length < 300);
  });

  test('rate limits are retried, whatever their status is', async () => {
    for (const [status, reason] of [
      [403, 'rateLimitExceeded'],
      [403, 'userRateLimitExceeded'],
      [403, 'quotaExceeded'],
      [429, 'rateLimitExceeded'],
      [429, 'usageLimits.rateLimitExceeded'],
      [429, 'cloudKmsQuotaExceeded'],
    ] as const) {
      answerAll(json(status, reason));
      const says = await sentenceOf(writeRecord);
      assert.match(says, /Everclip retries on its own\. If this continues, raise the /);
      assert.ok(says.includes(`(status ${status}, ${reason}`), says);
      assert.ok(requests >= 2, `${reason} was sent ${requests} times`);
    }
  });

  test('a 429 is a rate limit or a used-up quota, whatever its reason and message say', () => {
    const reasons = [...REASONS.map(([, reason]) => reason), 'quotaExceeded', 'slowDown', null];
    const messages = ['', 'The billing account is disabled', 'under active hold', 'Cloud KMS key'];
    for (const reason of reasons)
      for (const message of messages) {
        const answer = { status: 429, reason, message };
        assert.equal(causeOf(answer), reason === 'quotaExceeded' ? 'quota' : 'rateLimit');
        assert.ok(isRateLimit(answer));
      }
  });

  test('if a rate limit passes, the request succeeds', async () => {
    answerAll(json(403, 'rateLimitExceeded'));
    const read = readRecord();
    while (requests === 0) await pause(1);
    answers.read = { status: 200, body: '{}' };
    assert.deepEqual(await read, { body: '{}', generation: GENERATION, version: GENERATION });
  });
});

describe('a 404 to a read', () => {
  const read = () => openBucket().read('messages/1/2.json');

  test('the answer of a storage API means that the object does not exist', async () => {
    const text = {
      status: 404,
      type: 'text/html',
      body: 'No such object: clips/messages/1/2.json',
    };
    for (const answer of [json(404, 'notFound'), xml(404, 'NoSuchKey'), text, { status: 404 }]) {
      answers = { write: { status: 500 }, read: answer };
      assert.equal(await read(), null);
    }
  });

  test('the page of a proxy is a failure, because it says nothing of the object', async () => {
    const body = '<!DOCTYPE html><html><body><h1>404 Not Found</h1></body></html>';
    answers = { write: { status: 500 }, read: { status: 404, type: 'text/html', body } };
    assert.match(await sentenceOf(read), /answered with status 404 \(404 Not Found\)/);
  });
});

describe('a 412 to a conditional write', () => {
  const conditional = () =>
    openBucket().write('messages/1/2.json', '{}', { ...JSON_OBJECT, condition: 'absent' });
  const stored: Response = { status: 200, body: '{"other":1}' };
  const nothing = json(404, 'notFound');

  test('if the reason is conditionNotMet, another writer won', async () => {
    answers = { write: json(412, 'conditionNotMet'), read: stored };
    assert.equal(await conditional(), null);
    answers = { write: xml(412, 'PreconditionFailed'), read: stored };
    assert.equal(await conditional(), null);
  });

  test('if an organization policy is the reason, the write fails instead of losing a race again and again', async () => {
    answers = { write: json(412, 'orgPolicyConstraintFailed'), read: nothing };
    assert.match(await sentenceOf(conditional), ORG_POLICY);
    answers = { write: json(412, 'somethingNew'), read: nothing };
    assert.match(await sentenceOf(conditional), OTHER);
  });

  test('if the reason is missing, the write fails only if the condition still holds', async () => {
    answers = { write: { status: 412 }, read: stored };
    assert.equal(await conditional(), null);
    answers = { write: { status: 412 }, read: nothing };
    assert.match(await sentenceOf(conditional), /answered with status 412/);
    const replace = (generation: string) =>
      openBucket().write('messages/1/2.json', '{}', { ...JSON_OBJECT, condition: { generation } });
    answers = { write: { status: 412 }, read: stored };
    assert.equal(await replace('1'), null);
    assert.match(await sentenceOf(() => replace(GENERATION)), /answered with status 412/);
  });

  test('if the write had no condition, a 412 is never a lost race', async () => {
    answers = { write: { status: 412 }, read: stored };
    assert.match(await sentenceOf(writeRecord), /answered with status 412/);
  });
});

describe('faults of the credentials', () => {
  const REJECTED = /^Google Cloud Storage rejected the credentials/;

  /** Returns an error as google-auth-library throws it for an answer of the login server. */
  function loginError(message: string, status?: number): Error {
    const config = { url: 'https://oauth2.googleapis.com/token' };
    return Object.assign(new Error(message), { config, ...(status !== undefined && { status }) });
  }

  test('each answer of the login server says what is wrong with the credentials', () => {
    for (const [message, sentence] of [
      [
        'invalid_grant: Invalid JWT Signature.',
        /because the key was deleted or disabled: create a new key/,
      ],
      [
        'invalid_grant: Invalid grant: account not found',
        /because the service account was deleted or disabled: /,
      ],
      [
        'invalid_grant: Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.',
        /because this machine's clock is wrong: turn on time synchronization \(NTP\)$/,
      ],
      [
        'Could not refresh access token: A Not Found error was returned while attempting to retrieve an accesstoken for the Compute Engine built-in service account.',
        /because this machine has no service account with access: attach a service account/,
      ],
      [
        'something new',
        /credentials: set GOOGLE_APPLICATION_CREDENTIALS to the key file of a service/,
      ],
    ] as const) {
      const says = gcsFailure(loginError(message, 400), { bucketName: 'clips' }).message;
      assert.match(says, REJECTED);
      assert.match(says, sentence);
    }
  });

  test('if the login server cannot be reached, the sentence does not blame the credentials', () => {
    const message =
      'request to https://iamcredentials.googleapis.com/token failed, reason: getaddrinfo ENOTFOUND iamcredentials.googleapis.com';
    assert.match(
      gcsFailure(loginError(message), { bucketName: 'clips' }).message,
      /^cannot reach Google Cloud Storage \(getaddrinfo ENOTFOUND /,
    );
  });

  test('if the login server rejects the token of a real client, the write fails at once and says why', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'everclip-credentials-'));
    const file = join(folder, 'credentials.json');
    const before = process.env.GOOGLE_APPLICATION_CREDENTIALS;
    try {
      await writeFile(join(folder, 'token'), 'token');
      await writeFile(
        file,
        JSON.stringify({
          type: 'external_account',
          audience:
            '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/p',
          subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
          token_url: `${apiEndpoint}/token`,
          credential_source: { file: join(folder, 'token') },
        }),
      );
      process.env.GOOGLE_APPLICATION_CREDENTIALS = file;
      answerAll({
        status: 400,
        body: '{"error":"invalid_grant","error_description":"Account not found"}',
      });
      const bucket = createGcsBucket({ bucketName: 'clips' });
      const says = await sentenceOf(() => bucket.write('a', '1', JSON_OBJECT));
      assert.match(
        says,
        /^Google Cloud Storage rejected the credentials, because the service account was /,
      );
      assert.equal(requests, 1);
    } finally {
      if (before === undefined) delete process.env.GOOGLE_APPLICATION_CREDENTIALS;
      else process.env.GOOGLE_APPLICATION_CREDENTIALS = before;
      await rm(folder, { recursive: true });
    }
  });
});
