import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createSecureServer, createServer, type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { describe, test, type TestContext } from 'node:test';
import { parseConfig, type Config } from '../../src/config.ts';
import { checkTemporal } from '../../src/doctor/temporal-findings.ts';
import { CERTIFICATE, KEY } from '../support/certificate.ts';
import { startTemporal } from '../support/temporal.ts';
import { until } from '../support/wait.ts';

const NAMESPACE = 'clips.a1b2c';

const configOf = (address: string, env: Record<string, string> = {}): Config =>
  parseConfig({ TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: NAMESPACE, ...env });

/** The one fault that is found; it says what to do in one line. */
async function faultWith(config: Config): Promise<string> {
  const faults = (await checkTemporal(config)).filter(({ state }) => state === 'fault');
  assert.equal(faults.length, 1);
  const [{ says } = { says: '' }] = faults;
  assert.doesNotMatch(says, /\n/);
  return says;
}

/** A server that answers every call with nothing and the gRPC status of its path; returns its port. */
async function serve(
  t: TestContext,
  server: Http2Server,
  statusOf: (path: string) => number = () => 16,
): Promise<number> {
  const sessions = new Set<{ destroy(): void }>();
  server
    .on('session', (session) => void sessions.add(session))
    .on('sessionError', () => undefined)
    .on('stream', (stream, headers) => {
      const status = String(statusOf(headers[':path'] ?? ''));
      stream.respond(
        { ':status': 200, 'content-type': 'application/grpc' },
        { waitForTrailers: true },
      );
      stream.on('wantTrailers', () => {
        stream.sendTrailers({ 'grpc-status': status });
      });
      // An empty message has a head of five bytes.
      stream.end(status === '0' ? Buffer.alloc(5) : undefined);
    })
    .listen(0, 'localhost');
  await once(server, 'listening');
  t.after(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

const withTls = (): Http2Server => createSecureServer({ cert: CERTIFICATE, key: KEY });

describe('a Temporal that can not be used', { concurrency: 6 }, () => {
  test('and knows us too little is told from one that is away', async (t) => {
    for (const status of [7, 16]) {
      const port = await serve(t, createServer(), () => status);
      const fault = await faultWith(configOf(`localhost:${port}`));
      assert.match(
        fault,
        /does not let us in .*: set TEMPORAL_API_KEY to a key for .*clips\.a1b2c/,
      );
    }
  });

  test('and has a certificate that nobody vouches for is told from one that is away', async (t) => {
    const port = await serve(t, withTls());
    const fault = await faultWith(configOf(`localhost:${port}`, { TEMPORAL_TLS: 'true' }));
    assert.match(
      fault,
      /TLS fails \(self-signed certificate\): correct the TEMPORAL_TLS settings$/,
    );
  });

  test('and has a certificate for another name is told from one that is away', async (t) => {
    const port = await serve(t, withTls());
    const fault = await faultWith(
      configOf(`localhost:${port}`, {
        ...{ TEMPORAL_TLS: 'true', TEMPORAL_TLS_SERVER_NAME: 'elsewhere.example' },
        TEMPORAL_TLS_SERVER_CA_CERT_DATA: CERTIFICATE,
      }),
    );
    assert.match(fault, /TLS fails \(Hostname\/IP does not match certificate's altnames/);
  });

  test('for it speaks TLS and we do not, or the other way round', async (t) => {
    const secure = await serve(t, withTls());
    assert.match(await faultWith(configOf(`localhost:${secure}`)), /speaks TLS: set TEMPORAL_TLS=/);
    const plain = await serve(t, createServer());
    const fault = await faultWith(configOf(`localhost:${plain}`, { TEMPORAL_TLS: 'true' }));
    assert.match(fault, /TLS fails \(the server speaks no TLS\)/);
  });

  test('only in part, where it does not tell the search attributes', async (t) => {
    const port = await serve(t, createServer(), (path) => (path.includes('Attributes') ? 7 : 0));
    const findings = await checkTemporal(configOf(`localhost:${port}`));
    const { state, says } = findings.find(({ check }) => check === 'search attributes') ?? {};
    assert.equal(state, 'warning');
    assert.match(
      says ?? '',
      /^not told here: .*temporal operator search-attribute create --namesp/,
    );
  });

  test('for a search attribute of ours has another type', async () => {
    const temporal = await startTemporal();
    try {
      const { connection } = temporal.client;
      await connection.workflowService.registerNamespace({
        namespace: NAMESPACE,
        workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
      });
      const { operatorService } = connection as unknown as {
        operatorService: { addSearchAttributes(request: object): Promise<unknown> };
      };
      const TEXT = 1;
      await until('the namespace', () =>
        operatorService
          .addSearchAttributes({ namespace: NAMESPACE, searchAttributes: { ClipState: TEXT } })
          .catch(() => null),
      );
      const fault = await until('the attribute', async () => {
        const findings = await checkTemporal(configOf(temporal.address));
        const { says } = findings.find(({ check }) => check === 'search attributes') ?? {};
        return says?.includes('missing') ? null : says;
      });
      assert.match(
        fault,
        /^ClipState is Text and must be Keyword: remove them \(temporal operator/,
      );
    } finally {
      await temporal.teardown();
    }
  });
});
