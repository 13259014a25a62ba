import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { isFailure } from '../../src/errors.ts';
import { createGcsBucket } from '../../src/store/gcs/bucket.ts';
import { checkGcsBucket } from '../../src/store/gcs/client.ts';
import { type FakeGcs, startFakeGcs } from '../support/fake-gcs.ts';
import { startLocalServer, type LocalServer } from '../support/local-server.ts';
import { bucketContract, JSON_OBJECT, listed } from './bucket-contract.ts';

const SHORT_LIMITS = { totalMs: 1500, requestMs: 400 };
let gcs: FakeGcs;
const servers: LocalServer[] = [];

type Answer = (request: IncomingMessage, body: Buffer, response: ServerResponse) => unknown;

/** Starts a storage server that answers with `answer`. Returns its URL. */
async function serve(answer: Answer): Promise<string> {
  const server = await startLocalServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      await answer(request, Buffer.concat(chunks), response);
    })();
  });
  servers.push(server);
  return server.origin;
}

/** Answers every request with this status. */
function status(code: number): Answer {
  return (_request, _body, response) =>
    response
      .writeHead(code, { 'content-type': 'application/json' })
      .end(`{"error":{"code":${code}}}`);
}

/** Returns a check for `assert.rejects` that expects a ServiceFailed with this sentence. */
function failsWith(sentence: RegExp): (error: unknown) => true {
  return (error) => {
    assert.match(String(error), sentence);
    assert.ok(isFailure(error, 'ServiceFailed'));
    return true;
  };
}

describe('Google Cloud Storage bucket', () => {
  before(async () => {
    gcs = await startFakeGcs('clips');
  });
  after(async () => {
    await Promise.all(servers.map((server) => server.stop()));
    await gcs.stop();
  });
  const open = (apiEndpoint = gcs.apiEndpoint, bucketName = 'clips') =>
    createGcsBucket({ bucketName, apiEndpoint });
  const openWithShortLimits = (apiEndpoint: string) =>
    createGcsBucket({ bucketName: 'clips', apiEndpoint, limits: SHORT_LIMITS });

  bucketContract(() => open());

  test('a write stores the content type and the Cache-Control value with the object', async () => {
    const picture = { contentType: 'image/webp', cacheControl: 'public, max-age=60' };
    await open().write('thumb/1.webp', new Uint8Array([0, 255, 1]), picture);
    await open().write('messages/1/2.json', '{}', { ...JSON_OBJECT, condition: 'absent' });
    const thumb = await gcs.metadata('clips', 'thumb/1.webp');
    assert.equal(thumb?.contentType, 'image/webp');
    assert.equal(thumb.cacheControl, 'public, max-age=60');
    assert.equal(thumb.size, '3');
    const json = await gcs.metadata('clips', 'messages/1/2.json');
    assert.equal(json?.contentType, 'application/json');
    assert.equal(json.cacheControl, 'no-cache');
  });

  test('a request to a storage emulator does not wait for a search for credentials', async () => {
    const startedAt = Date.now();
    await open().read('messages/1/none.json');
    assert.ok(Date.now() - startedAt < 2000);
  });

  test('if a bucket does not exist, the error names the bucket and says what to do', async () => {
    const sentence = /bucket nope not found: create it or correct BUCKET_NAME/;
    await assert.rejects(
      open(gcs.apiEndpoint, 'nope').write('a', '1', JSON_OBJECT),
      failsWith(sentence),
    );
    await assert.rejects(checkGcsBucket({ bucketName: 'nope', apiEndpoint: gcs.apiEndpoint }), {
      message: 'bucket nope not found: create it or correct BUCKET_NAME',
    });
  });

  test('if the bucket exists, the startup check of the bucket passes', async () => {
    await checkGcsBucket({ bucketName: 'clips', apiEndpoint: gcs.apiEndpoint });
  });

  test('if permissions for the bucket are missing, the startup check names the missing permissions', async () => {
    const apiEndpoint = await serve(({ url = '' }, _body, response) => {
      const granted = { permissions: ['storage.objects.get', 'storage.objects.list'] };
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(url.includes('testPermissions') ? granted : { items: [] }));
    });
    await assert.rejects(
      checkGcsBucket({ bucketName: 'clips', apiEndpoint }),
      /role Storage Object User on the bucket \(missing: storage\.objects\.create, storage\.objects\.delete\)/,
    );
  });

  test('if the server answers 401 or 403, the request fails without a retry and says what to do', async () => {
    for (const [code, sentence] of [
      [401, /rejected the credentials: set GOOGLE_APPLICATION_CREDENTIALS/],
      [403, /access to bucket clips denied: give the service account the role/],
    ] as const) {
      let requests = 0;
      const endpoint = await serve((request, body, response) => {
        requests++;
        status(code)(request, body, response);
      });
      await assert.rejects(open(endpoint).write('a', '1', JSON_OBJECT), failsWith(sentence));
      await assert.rejects(open(endpoint).read('a'), failsWith(sentence));
      assert.equal(requests, 2);
      await assert.rejects(
        checkGcsBucket({ bucketName: 'clips', apiEndpoint: endpoint }),
        sentence,
      );
    }
  });

  test('a write is retried while the server answers 503', async () => {
    let requests = 0;
    const endpoint = await serve(async (request, body, response) => {
      if (++requests <= 2) return status(503)(request, body, response);
      await forward(request, body, response);
    });
    assert.ok(await open(endpoint).write('retried', '1', JSON_OBJECT));
    assert.equal(requests, 3);
  });

  test('a list reads page after page, retries a page that fails, and leaves out names that are not object keys', async () => {
    const tokens: (string | null)[] = [];
    const apiEndpoint = await serve((request, body, response) => {
      const url = new URL(request.url ?? '', 'http://gcs');
      const token = url.searchParams.get('pageToken');
      tokens.push(token);
      assert.equal(url.searchParams.get('fields'), 'items(name,generation),nextPageToken');
      assert.equal(url.searchParams.get('prefix'), 'messages/');
      if (token === 'second' && tokens.length === 2) return status(503)(request, body, response);
      const first = {
        items: [
          { name: 'messages/', generation: '1' },
          { name: 'messages/1/2.json', generation: '7' },
        ],
        nextPageToken: 'second',
      };
      const second = { items: [{ name: 'messages/1/3.json', generation: '8' }] };
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(token === 'second' ? second : first));
    });
    assert.deepEqual(await listed(open(apiEndpoint), 'messages/'), [
      ['messages/1/2.json', '7'],
      ['messages/1/3.json', '8'],
    ]);
    assert.deepEqual(tokens, [null, 'second', 'second']);
  });

  test('if a page of a list keeps failing, the list fails with the sentence of the server', async () => {
    const apiEndpoint = await serve(status(403));
    await assert.rejects(
      listed(open(apiEndpoint), 'messages/'),
      failsWith(/access to bucket clips denied/),
    );
  });

  test('if the server keeps failing or never answers, a bucket request fails within the time limit', async () => {
    const failing = await serve(status(500));
    const silent = await serve(() => undefined);
    const halfway = await serve((_request, _body, response) => {
      response.writeHead(200, { 'content-length': '10', 'x-goog-generation': '1' }).write('half');
    });
    const startedAt = Date.now();
    await Promise.all([
      assert.rejects(
        openWithShortLimits(failing).write('a', '1', JSON_OBJECT),
        failsWith(/status 500|timed out|cannot reach/),
      ),
      assert.rejects(
        openWithShortLimits(silent).write('a', '1', JSON_OBJECT),
        failsWith(/timed out: check GCS_API_ENDPOINT/),
      ),
      assert.rejects(
        openWithShortLimits(silent).read('a'),
        failsWith(/timed out: check GCS_API_ENDPOINT/),
      ),
      assert.rejects(
        openWithShortLimits(halfway).read('a'),
        failsWith(/timed out: check GCS_API_ENDPOINT/),
      ),
      assert.rejects(
        openWithShortLimits('http://127.0.0.1:1').read('a'),
        failsWith(/cannot reach|timed out/),
      ),
    ]);
    assert.ok(Date.now() - startedAt < SHORT_LIMITS.totalMs + 3000);
  });

  test('if an object is endless, a read ends the request after the first megabytes', async () => {
    let sentBytes = 0;
    const closed: Promise<unknown>[] = [];
    const endpoint = await serve((_request, _body, response) => {
      closed.push(once(response, 'close'));
      response.writeHead(200, { 'x-goog-generation': '1709287200125000' });
      const send = (): void => {
        if (response.destroyed) return;
        sentBytes += 2 ** 16;
        response.write(Buffer.alloc(2 ** 16), send);
      };
      send();
    });
    const seen = await open(endpoint).read('messages/1/2.json');
    const generation = '1709287200125000';
    assert.deepEqual(seen, { body: '', generation, version: generation });
    await Promise.all(closed);
    assert.equal(closed.length, 1, 'the read is not retried');
    assert.ok(sentBytes < 64 * 2 ** 20, `the server sent ${sentBytes} bytes`);
  });

  test('a 404 of a missing bucket or of a proxy does not mean that an object is absent or deleted', async () => {
    const message = 'The specified bucket does not exist.';
    const missingBucket = { code: 404, message, errors: [{ message, reason: 'notFound' }] };
    const page = '<!doctype html><html>no such page</html>';
    for (const [type, body, sentence] of [
      ['application/json', JSON.stringify({ error: missingBucket }), /bucket clips not found: cre/],
      ['application/json', page, /status 404|bucket clips not found/],
      ['text/html', page, /answered with status 404/],
    ] as const) {
      const endpoint = await serve((_request, _body, response) =>
        response.writeHead(404, { 'content-type': type }).end(body),
      );
      await assert.rejects(open(endpoint).exists('a'), failsWith(sentence));
      await assert.rejects(open(endpoint).delete('a'), failsWith(sentence));
    }
  });

  test('a 404 with an error body but without a reason means that the object is absent', async () => {
    const error = { code: 404, message: 'No such object: clips/a' };
    const endpoint = await serve((_request, _body, response) =>
      response
        .writeHead(404, { 'content-type': 'application/json' })
        .end(JSON.stringify({ error })),
    );
    assert.equal(await open(endpoint).exists('a'), false);
    await open(endpoint).delete('a');
  });

  test('a deletion whose response was lost is repeated, and finds the object deleted', async () => {
    await open().write('deleted-twice', '1', JSON_OBJECT);
    let requests = 0;
    const endpoint = await serve(async (request, body, response) => {
      if (++requests > 1) return forward(request, body, response);
      await forward(request, body, null);
      request.socket.destroy();
    });
    await open(endpoint).delete('deleted-twice');
    assert.equal(requests, 2);
    assert.equal(await open().exists('deleted-twice'), false);
  });

  test('if the response to a conditional write is lost, the write still counts as done', async () => {
    let requests = 0;
    const endpoint = await serve(async (request, body, response) => {
      if (++requests > 1) return forward(request, body, response);
      await forward(request, body, null);
      request.socket.destroy();
    });
    const condition = 'absent' as const;
    const version = await open(endpoint).write('lost', 'ours', { ...JSON_OBJECT, condition });
    assert.deepEqual(await listed(open(), 'lost'), [['lost', version]]);
    assert.ok(requests >= 3);
    // This body must differ from the first body. On a busy machine, the response may be so slow that the write is
    // repeated. If the stored body were equal, the repeated write would count as done too.
    assert.equal(await open(endpoint).write('lost', 'theirs', { ...JSON_OBJECT, condition }), null);
  });
});

/** Forwards a request to the fake server. Returns the server's response to the client unless `response` is null. */
async function forward(
  request: IncomingMessage,
  body: Buffer,
  response: ServerResponse | null,
): Promise<void> {
  const headers = { 'content-type': request.headers['content-type'] ?? '' };
  const { method = 'GET', url } = request;
  const init = method === 'GET' ? { headers } : { method, headers, body: new Uint8Array(body) };
  const answer = await fetch(`${gcs.apiEndpoint}${url}`, init);
  const bytes = Buffer.from(await answer.arrayBuffer());
  const generation = answer.headers.get('x-goog-generation') ?? '';
  response
    ?.writeHead(answer.status, {
      'content-type': answer.headers.get('content-type') ?? '',
      'x-goog-generation': generation,
    })
    .end(bytes);
}
