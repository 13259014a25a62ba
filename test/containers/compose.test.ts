import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { parseConfig } from '../../src/config.ts';
import { WORKER_QUEUES } from '../../src/config/settings.ts';
import { SERVER_SETTINGS, serverArguments } from '../../src/temporal/server-settings.ts';
import { readRepositoryFile } from '../docs/repository.ts';
import {
  environmentOf,
  PUBLISHING_FILES,
  readStack,
  type Service,
  STACKS,
  type Stack,
} from './compose-files.ts';

const TOKEN = 'a-token-that-only-worker-and-ingest-may-know';

/** Services whose file system is writable, and why. */
const WRITABLE: Record<string, string> = {
  'temporal of production': "the image's entrypoint writes its configuration",
};

/** The capabilities that services get back. The image of PostgreSQL starts as root and changes to another user. */
const CAPABILITIES: Record<string, string[]> = {
  postgres: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'KILL', 'SETGID', 'SETUID'],
};

/** The networks that lead to the internet, and the services on them. */
const TO_THE_INTERNET: Record<string, string[]> = {
  internet: ['worker', 'ingest'],
  'media-internet': ['media'],
  'library-internet': ['library'],
};

for (const [name, files] of Object.entries(STACKS)) {
  describe(`the ${name} stack`, () => {
    test('no service can gain privileges, and only listed services have a capability', async () => {
      for (const [service, settings] of await listServices(files)) {
        assert.deepEqual(settings.security_opt, ['no-new-privileges:true'], service);
        assert.deepEqual(settings.cap_drop, ['ALL'], service);
        assert.deepEqual(settings.cap_add, CAPABILITIES[service], service);
        assert.equal(settings.privileged, undefined, service);
      }
    });

    test('the file system of every service is read-only, apart from the exceptions listed in the test', async () => {
      for (const [service, settings] of await listServices(files)) {
        const isWritable = Object.hasOwn(WRITABLE, `${service} of ${name}`);
        assert.equal(settings.read_only, !isWritable, service);
        for (const folder of settings.tmpfs ?? []) assert.match(folder, /:size=/, service);
      }
    });

    test('every service has limits for memory, processes, core dumps and logs', async () => {
      for (const [service, settings] of await listServices(files)) {
        assert.match(settings.mem_limit ?? '', /\d+[mg]\}?$/, service);
        assert.ok((settings.pids_limit ?? 0) > 0, service);
        assert.equal(settings.ulimits?.core, 0, service);
        assert.ok(settings.logging?.options?.['max-size'], service);
        assert.equal(settings.init, true, service);
      }
    });

    test('every image of another project has an exact version as its tag', async () => {
      for (const [service, { image = '' }] of await listServices(files)) {
        if (image.startsWith('everclip:')) continue;
        // PostgreSQL's versions have two numbers. Its tags also name the Debian release: with another release, texts can
        // have another order, and indexes of an existing volume would be wrong.
        const pattern = image.startsWith('postgres:')
          ? /^postgres:\d+\.\d+-[a-z]+$/
          : /^[\w/-]+:v?\d+\.\d+\.\d+/;
        assert.match(image, pattern, service);
      }
    });

    test('only worker and ingest get the bot token', async () => {
      for (const [service, settings] of await listServices(files)) {
        const knowsToken = JSON.stringify(environmentOf(settings, { TOKEN })).includes(TOKEN);
        assert.equal(knowsToken, service === 'worker' || service === 'ingest', service);
        // With env_file, a container would get everything in .env.
        assert.equal(settings.env_file, undefined, service);
        assert.doesNotMatch(JSON.stringify(settings.volumes ?? []), /\.env/, service);
      }
    });

    test('only worker, media and library get the key of the bucket', async () => {
      for (const [service, { secrets = [] }] of await listServices(files)) {
        const isExpected = ['worker', 'media', 'library'].includes(service);
        assert.equal(secrets.includes('google'), isExpected, service);
      }
    });

    test('if TOKEN_FILE names a file, only worker and ingest get the file, and no demo runs', async () => {
      const variables = { TOKEN_FILE: './token' };
      for (const [service, settings] of await listServices(files)) {
        const isExpected = service === 'worker' || service === 'ingest';
        assert.equal((settings.secrets ?? []).includes('token'), isExpected, service);
        const { TOKEN_FILE = '' } = environmentOf(settings, variables);
        assert.equal(TOKEN_FILE, isExpected ? '/run/secrets/token' : '', service);
      }
      const { services } = await readStack(files);
      for (const service of ['demo', 'media', 'library']) {
        assert.equal(environmentOf(services[service], variables).TOKEN, 'set', service);
        assert.equal(environmentOf(services[service], {}).TOKEN, '', service);
      }
      assert.equal(environmentOf(services.worker, {}).TOKEN_FILE, '');
    });

    test('media serves only the queue of the thumbnails, and worker serves the other queues', async () => {
      const { services } = await readStack(files);
      const queuesOf = (service: string): string[] =>
        parseConfig(environmentOf(services[service], { WORKER_QUEUES: 'main,media,discord' }))
          .workerQueues;
      assert.deepEqual(queuesOf('media'), ['media']);
      assert.deepEqual(
        queuesOf('worker'),
        WORKER_QUEUES.filter((queue) => queue !== 'media'),
      );
    });

    test('without a token, media accepts the links of Discord and of the demo', async () => {
      const { services } = await readStack(files);
      const { mediaHosts } = parseConfig(environmentOf(services.media, {}));
      const { DEMO_DISCORD_URL } = environmentOf(services.demo, {});
      assert.deepEqual(mediaHosts, [...parseConfig({}).mediaHosts, DEMO_DISCORD_URL]);
    });

    test('with a token, media refuses the links of the demo', async () => {
      const { services } = await readStack(files);
      for (const variables of [{ TOKEN }, { TOKEN_FILE: './token' }]) {
        const { mediaHosts } = parseConfig(environmentOf(services.media, variables));
        assert.deepEqual(mediaHosts, parseConfig({}).mediaHosts);
      }
    });

    test('media shares no network with a service that has the token', async () => {
      const { services } = await readStack(files);
      const { media, worker, ingest } = services;
      const tokenNetworks = [...(worker?.networks ?? []), ...(ingest?.networks ?? [])];
      assert.ok(tokenNetworks.length > 0 && media?.networks?.length);
      assert.deepEqual(
        media.networks.filter((network) => tokenNetworks.includes(network)),
        [],
      );
    });

    test('only worker, ingest, media and library can reach the internet', async () => {
      const { networks, services } = await readStack(files);
      for (const [network, options] of Object.entries(networks)) {
        const isOpen = !options?.internal && !hasNoTranslation(options);
        assert.equal(isOpen, Object.hasOwn(TO_THE_INTERNET, network), network);
        if (!isOpen) continue;
        const members = Object.entries(services).filter(([, { networks: own }]) =>
          own?.includes(network),
        );
        assert.deepEqual(
          members.map(([service]) => service),
          TO_THE_INTERNET[network],
        );
      }
      // A service without networks would be on the default network, which leads to the internet.
      for (const [service, settings] of Object.entries(services)) {
        assert.ok(settings.networks && settings.networks.length > 0, service);
        assert.equal(settings.network_mode, undefined, service);
        for (const network of settings.networks) assert.ok(network in networks, network);
      }
    });

    test('every published port binds to BIND, and its service is on a network that can publish', async () => {
      const { networks, services } = await readStack([...files, ...publishingFiles(name)]);
      for (const [service, { ports = [], networks: own = [] }] of Object.entries(services)) {
        for (const port of ports) assert.match(port, /^\$\{BIND:-127\.0\.0\.1\}:/, service);
        const canPublish = own.some((network) => !networks[network]?.internal);
        if (ports.length > 0) assert.ok(canPublish, service);
      }
    });

    test('the ports of the storage emulator and of PostgreSQL are published only with an additional file', async () => {
      const { services } = await readStack(files);
      const published = [...publishingServices(name)];
      assert.ok(published.length > 0);
      const { services: opened } = await readStack([...files, ...publishingFiles(name)]);
      for (const service of published) {
        assert.equal(services[service]?.ports, undefined, service);
        assert.equal(opened[service]?.ports?.length, 1, service);
      }
    });

    test('the warning about BIND names every service that BIND can expose', async () => {
      const page = await readRepositoryFile('docs/operations.md');
      const [, warning = ''] = /\n\*\*`BIND`(.*?)\n\n(?!- )/s.exec(page) ?? [];
      const { services } = await readStack([...files, ...publishingFiles(name)]);
      for (const [service, { ports = [] }] of Object.entries(services)) {
        if (ports.length > 0) assert.ok(warning.includes(`\`${service}\``), service);
      }
    });
  });
}

test('Grafana has no login form, no basic authentication and no initial administrator', async () => {
  const { services } = await readStack(STACKS.default);
  const environment = environmentOf(services.grafana, {});
  assert.equal(environment.GF_AUTH_DISABLE_LOGIN_FORM, 'true');
  assert.equal(environment.GF_AUTH_BASIC_ENABLED, 'false');
  assert.equal(environment.GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION, 'true');
  assert.equal(environment.GF_AUTH_ANONYMOUS_ORG_ROLE, 'Viewer');
});

test('Prometheus scrapes worker, media, ingest and library, and shares a network with each of them', async () => {
  const { services } = await readStack(STACKS.default);
  const settings = await readRepositoryFile('monitoring/prometheus.yml');
  const scraped = [...settings.matchAll(/names: \[(\w+)\]/g)].map(([, name = '']) => name);
  assert.deepEqual(scraped, ['worker', 'media', 'ingest', 'library']);
  for (const name of scraped) {
    const shared = services[name]?.networks?.filter((network) =>
      services.prometheus?.networks?.includes(network),
    );
    assert.ok(shared && shared.length > 0, name);
  }
});

test('a container on the network with the published ports cannot reach another container there', async () => {
  for (const files of Object.values(STACKS)) {
    const { frontend } = (await readStack(files)).networks;
    assert.equal(frontend?.driver_opts?.['com.docker.network.bridge.enable_icc'], 'false');
  }
});

test('the root folder of the storage emulator is the same kind of file system as its bucket', async () => {
  const { gcs } = (await readStack(STACKS.default)).services;
  assert.deepEqual(gcs?.volumes, ['storage:/storage', 'bucket:/storage/everclip']);
});

test('the Temporal servers of both stacks have the settings that every server of Everclip has', async () => {
  const { temporal } = (await readStack(STACKS.default)).services;
  const set = temporal?.command?.filter((argument) => argument.includes('dynamic-config-value'));
  assert.deepEqual(set, serverArguments());
  const production = parse(await readRepositoryFile('deploy/dynamic-config.yml')) as object;
  const values = Object.entries(production).map(
    ([name, [{ value }]]: [string, [{ value: unknown }]]) => `${name}=${String(value)}`,
  );
  assert.deepEqual(values, SERVER_SETTINGS);
});

async function listServices(files: readonly string[]): Promise<[string, Service][]> {
  const services = Object.entries((await readStack(files)).services);
  assert.ok(services.length > 5);
  return services;
}

function hasNoTranslation(options: Stack['networks'][string]): boolean {
  return options?.driver_opts?.['com.docker.network.bridge.enable_ip_masquerade'] === 'false';
}

/** Returns the files that publish a port of this stack. Only the production stack publishes PostgreSQL. */
function publishingFiles(stack: string): string[] {
  return Object.keys(PUBLISHING_FILES).filter(
    (file) => stack === 'production' || PUBLISHING_FILES[file] !== 'postgres',
  );
}

function publishingServices(stack: string): string[] {
  return publishingFiles(stack).map((file) => PUBLISHING_FILES[file] ?? '');
}

test('docs/operations.md and docs/performance.md name the number of history shards of new installations', async () => {
  const compose = await readRepositoryFile('compose.production.yml');
  const [, shards = ''] = /NUM_HISTORY_SHARDS: '(\d+)'/.exec(compose) ?? [];
  const operations = await readRepositoryFile('docs/operations.md');
  assert.ok(operations.includes(`into ${shards} history shards`), shards);
  const performance = await readRepositoryFile('docs/performance.md');
  assert.ok(performance.includes(`New installations get ${shards} shards`), shards);
});
