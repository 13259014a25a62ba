import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { withoutSettings } from '../../scripts/support/settings.mjs';
import { SECRETS as SECRETS_OF_SCRIPTS } from '../../scripts/support/secrets.mjs';
import { parseConfig } from '../../src/config.ts';
import { SECRETS } from '../../src/config/hide-environment.ts';
import { PUBLISHING_FILES, STACKS } from '../containers/compose-files.ts';
import { readRepositoryFile } from './repository.ts';

/** Google's library reads these variables itself. */
const READ_BY_GOOGLE = ['GOOGLE_APPLICATION_CREDENTIALS'];

/** @temporalio/envconfig reads these variables, but the TypeScript SDK makes no use of them. */
const WITHOUT_EFFECT = [
  'TEMPORAL_CODEC_AUTH',
  'TEMPORAL_CODEC_ENDPOINT',
  'TEMPORAL_TLS_DISABLE_HOST_VERIFICATION',
];

/** Settings that docker compose does not pass on to the containers, and why. */
const NOT_IN_COMPOSE: Record<string, string> = {
  DATA_DIR: 'the Dockerfile sets it',
  METRICS_ADDRESS: 'the Dockerfile sets it',
  HEALTH_ADDRESS: 'the Dockerfile sets it',
  DATABASE_URL_FILE: 'docker compose passes the URL itself',
  DATABASE_PASSWORD_FILE: 'docker compose passes the password itself',
  FFMPEG_PATH: 'the image has ffmpeg on PATH',
  FFPROBE_PATH: 'the image has ffprobe on PATH',
  WORKFLOW_BUNDLE: 'the image has the bundle in dist/',
  TEMPORAL_CLI: 'Temporal runs in its own container',
  TEMPORAL_PORT: 'docker compose publishes the port',
  WEB_UI_PORT: 'docker compose publishes the port',
  TEMPORAL_API_KEY_FILE: 'docker compose passes the key itself',
  TEMPORAL_PROFILE: 'the containers have no configuration file',
  TEMPORAL_CONFIG_FILE: 'the containers have no configuration file',
  TEMPORAL_TLS_CLIENT_CERT_PATH: 'the containers take the certificate as text',
  TEMPORAL_TLS_CLIENT_KEY_PATH: 'the containers take the key as text',
  TEMPORAL_TLS_SERVER_CA_CERT_PATH: 'the containers take the certificate as text',
};

/** Settings that tests and benchmarks take from the environment. The set-up stores paths of tools in these settings. */
const KEPT_BY_TESTS = ['FFMPEG_PATH', 'FFPROBE_PATH', 'TEMPORAL_CLI', 'WORKFLOW_BUNDLE'];

/** Variables in .env.example that docker compose itself reads. */
const READ_BY_COMPOSE = ['COMPOSE_FILE'];

describe('the settings', () => {
  test('the scripts and the program agree on which variables contain secrets', () => {
    assert.equal(String(SECRETS_OF_SCRIPTS), String(SECRETS));
    const secrets = [...listSettings(), ...WITHOUT_EFFECT].filter((name) => SECRETS.test(name));
    assert.deepEqual(secrets, [
      ...['DATABASE_PASSWORD', 'DATABASE_URL', 'TEMPORAL_API_KEY', 'TEMPORAL_TLS_CLIENT_KEY_DATA'],
      ...['TOKEN', 'TEMPORAL_CODEC_AUTH'],
    ]);
  });

  test('every setting that src/config.ts reads is in a table of README', async () => {
    const documented = findTableNames(await readRepositoryFile('README.md'));
    const missing = listSettings().filter(
      (name) => !documented.some((pattern) => pattern.test(name)),
    );
    assert.deepEqual(missing, [], 'add them to the table of settings in README');
  });

  test('every name in the tables of README is a setting', async () => {
    const settings = listSettings();
    const unknown = findTableNames(await readRepositoryFile('README.md'))
      .filter((pattern) => !settings.some((name) => pattern.test(name)))
      .map(String);
    assert.deepEqual(unknown, [], 'remove them from README, because nothing reads them');
  });

  test('every setting that src/config.ts reads is in .env.example', async () => {
    const named = await readEnvExample();
    const missing = listSettings().filter((name) => !named.includes(name));
    assert.deepEqual(missing, [], 'add them to .env.example');
  });

  test('every variable of the compose files is in .env.example', async () => {
    const named = await readEnvExample();
    const missing = (await readComposeVariables()).filter((name) => !named.includes(name));
    assert.deepEqual(missing, [], 'add them to .env.example');
  });

  test('every name in .env.example is read by the program or by docker compose', async () => {
    const known = [...listSettings(), ...(await readComposeVariables()), ...READ_BY_COMPOSE];
    const unknown = (await readEnvExample()).filter((name) => !known.includes(name));
    assert.deepEqual(unknown, [], 'remove them from .env.example, because nothing reads them');
  });

  test('docker compose passes every setting to the containers, apart from the exceptions listed in the test', async () => {
    const passed = await readComposeEnvironment();
    const reasons = Object.keys(NOT_IN_COMPOSE);
    const missing = listSettings().filter((name) => !passed.has(name) && !reasons.includes(name));
    assert.deepEqual(missing, [], 'add them to x-environment in docker-compose.yml');
    const stale = reasons.filter((name) => passed.has(name) || !listSettings().includes(name));
    assert.deepEqual(stale, [], 'remove them from NOT_IN_COMPOSE');
  });

  test('tests and benchmarks ignore all settings from the environment, except the paths of tools', () => {
    const names = [...listSettings(), ...WITHOUT_EFFECT, 'STORAGE_EMULATOR_HOST'];
    const env = Object.fromEntries(names.map((name) => [name, 'set']));
    const kept = Object.keys(withoutSettings({ ...env, PATH: '/bin' }));
    assert.deepEqual(kept.sort(), [...KEPT_BY_TESTS, 'PATH'].sort());
  });
});

/** Returns every environment variable that the program reads and that has an effect, in alphabetical order. */
function listSettings(): string[] {
  const names = new Set(READ_BY_GOOGLE);
  parseConfig(recordReads(names));
  loadClientConnectConfig({ overrideEnvVars: recordReads(names) });
  // @temporalio/envconfig reads HOME and XDG_CONFIG_HOME only to find its configuration file.
  const settings = [...names].filter((name) => !/^(HOME|XDG_CONFIG_HOME)$/.test(name));
  assert.ok(settings.length > 30, 'src/config.ts reads its settings from the object it gets');
  return settings.filter((name) => !WITHOUT_EFFECT.includes(name)).sort();
}

/** Returns an empty environment. When code reads a variable, the name of the variable is added to `names`. */
function recordReads(names: Set<string>): Record<string, string> {
  return new Proxy<Record<string, string>>(
    {},
    {
      get(_target, name) {
        if (typeof name === 'string') names.add(name);
        // Without a home directory there is no configuration file.
        return name === 'HOME' ? '/nonexistent' : undefined;
      },
    },
  );
}

/** Returns patterns for the names in the first cells of tables. `TEMPORAL_TLS_*` stands for several names. */
function findTableNames(page: string): RegExp[] {
  return [...page.matchAll(/^\|([^|]*)\|/gm)]
    .flatMap(([, cell = '']) => [...cell.matchAll(/`([A-Z][A-Z0-9_]*\*?)`/g)])
    .map(([, name = '']) => new RegExp(`^${name.replace('*', '.*')}$`));
}

/** Returns the names in .env.example, where every setting is commented out. */
async function readEnvExample(): Promise<string[]> {
  const lines = (await readRepositoryFile('.env.example')).matchAll(/^#?([A-Z][A-Z0-9_]*)=/gm);
  return [...lines].map(([, name = '']) => name);
}

/** Returns the variables that a user can set for the compose files: those in `${...}`. */
async function readComposeVariables(): Promise<string[]> {
  const names = (await readComposeFiles()).matchAll(/(?<!\$)\$\{([A-Z][A-Z0-9_]*)/g);
  return [...new Set([...names].map(([, name = '']) => name))];
}

/** Returns the names of the variables that the compose files set in containers. */
async function readComposeEnvironment(): Promise<Set<string>> {
  const names = (await readComposeFiles()).matchAll(/^ +([A-Z][A-Z0-9_]*): /gm);
  return new Set([...names].map(([, name = '']) => name));
}

async function readComposeFiles(): Promise<string> {
  const files = [...STACKS.production, ...Object.keys(PUBLISHING_FILES)];
  return (await Promise.all(files.map(readRepositoryFile))).join('\n');
}
