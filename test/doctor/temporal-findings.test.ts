import assert from 'node:assert/strict';
import { createSecureServer, createServer, type Http2Server } from 'node:http2';
import { describe, test, type TestContext } from 'node:test';
import { parseConfig, type Config } from '../../src/config.ts';
import { temporalFindings } from '../../src/doctor/temporal-findings.ts';
import {
  CA_CERTIFICATE,
  CERTIFICATE,
  EXPIRED_CERTIFICATE,
  ISSUED_CERTIFICATE,
  ISSUED_KEY,
  KEY,
} from '../support/certificate.ts';
import { serve } from '../support/serve-grpc.ts';
import { startTemporal } from '../support/temporal.ts';
import { until } from '../support/wait.ts';

const NAMESPACE = 'clips.a1b2c';

function configOf(address: string, env: Record<string, string> = {}): Config {
  return parseConfig({ TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: NAMESPACE, ...env });
}

/** Returns the only fault, which must be one line. */
async function faultWith(config: Config): Promise<string> {
  const faults = (await temporalFindings(config)).filter(({ state }) => state === 'fault');
  assert.equal(faults.length, 1);
  const [{ says } = { says: '' }] = faults;
  assert.doesNotMatch(says, /\n/);
  return says;
}

function createTlsServer(cert = CERTIFICATE, key = KEY): Http2Server {
  return createSecureServer({ cert, key });
}

/** Returns the fault that is found if the server has this certificate, which the test CA issued. */
async function faultWithIssued(
  t: TestContext,
  cert: string,
  env: Record<string, string> = {},
): Promise<string> {
  const port = await serve(t, createTlsServer(cert, ISSUED_KEY));
  return await faultWith(configOf(`localhost:${port}`, { TEMPORAL_TLS: 'true', ...env }));
}

describe('temporalFindings', { concurrency: 6 }, () => {
  test('if the Temporal server denies access, the doctor says to set TEMPORAL_API_KEY', async (t) => {
    for (const status of [7, 16]) {
      const port = await serve(t, createServer(), () => status);
      const fault = await faultWith(configOf(`localhost:${port}`));
      assert.match(fault, /denied access .*: set TEMPORAL_API_KEY to a key for .*clips\.a1b2c/);
    }
  });

  test('if the Temporal server has a self-signed certificate, the doctor says to set TEMPORAL_TLS_SERVER_CA_CERT_DATA to the certificate', async (t) => {
    const port = await serve(t, createTlsServer());
    const fault = await faultWith(configOf(`localhost:${port}`, { TEMPORAL_TLS: 'true' }));
    assert.match(
      fault,
      /^TLS handshake .* failed \(the server's certificate is self-signed\): set TEMPORAL_TLS_SERVER_CA_CERT_DATA to the certificate$/,
    );
  });

  test('if the certificate of the Temporal server is from an unknown CA, the doctor says to set TEMPORAL_TLS_SERVER_CA_CERT_DATA', async (t) => {
    const unknownCa =
      /^TLS handshake .* failed \(the server's certificate is from an unknown CA\): set TEMPORAL_TLS_SERVER_CA_CERT_DATA to .* CA$/;
    assert.match(await faultWithIssued(t, ISSUED_CERTIFICATE), unknownCa);
    const chain = ISSUED_CERTIFICATE + CA_CERTIFICATE;
    assert.match(await faultWithIssued(t, chain), unknownCa);
  });

  test('if the certificate of the Temporal server has expired, the doctor says to renew the certificate', async (t) => {
    const fault = await faultWithIssued(t, EXPIRED_CERTIFICATE, {
      TEMPORAL_TLS_SERVER_CA_CERT_DATA: CA_CERTIFICATE,
    });
    assert.match(fault, /failed \(the server's certificate has expired\): renew the certificate$/);
  });

  test('if the certificate of the Temporal server is for another host name, the doctor says to set TEMPORAL_TLS_SERVER_NAME', async (t) => {
    const port = await serve(t, createTlsServer());
    const fault = await faultWith(
      configOf(`localhost:${port}`, {
        TEMPORAL_TLS: 'true',
        TEMPORAL_TLS_SERVER_NAME: 'elsewhere.example',
        TEMPORAL_TLS_SERVER_CA_CERT_DATA: CERTIFICATE,
      }),
    );
    assert.match(
      fault,
      /^TLS handshake .* failed \(the server's certificate is for another host name\): set TEMPORAL_TLS_SERVER_NAME /,
    );
  });

  test('if only the Temporal server or only Everclip uses TLS, the doctor says to correct the TEMPORAL_TLS settings', async (t) => {
    const secure = await serve(t, createTlsServer());
    assert.match(
      await faultWith(configOf(`localhost:${secure}`)),
      /requires TLS: set TEMPORAL_TLS=/,
    );
    const plain = await serve(t, createServer());
    const fault = await faultWith(configOf(`localhost:${plain}`, { TEMPORAL_TLS: 'true' }));
    assert.match(
      fault,
      /^TLS handshake .* failed \(the server does not speak TLS\): correct the TEMPORAL_TLS settings$/,
    );
  });

  test('if the Temporal server refuses to list the search attributes, the doctor reports a warning, not a fault', async (t) => {
    const port = await serve(t, createServer(), (path) => (path.includes('Attributes') ? 7 : 0));
    const findings = await temporalFindings(configOf(`localhost:${port}`));
    const { state, says } = findings.find(({ check }) => check === 'search attributes') ?? {};
    assert.equal(state, 'warning');
    assert.match(says ?? '', /^not checked, .*temporal operator search-attribute create --namesp/);
  });

  test('if a search attribute has the wrong type, the doctor shows the command that removes the attribute', async () => {
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
        const findings = await temporalFindings(configOf(temporal.address));
        const { says } = findings.find(({ check }) => check === 'search attributes') ?? {};
        return says?.includes('not registered') ? null : says;
      });
      assert.match(
        fault,
        /^ClipState has type Text instead of Keyword: remove it \(temporal operator/,
      );
    } finally {
      await temporal.teardown();
    }
  });
});
