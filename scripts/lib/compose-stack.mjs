import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { ROOT } from './paths.mjs';
import { run } from './run.mjs';
import { SetUpError } from './set-up-error.mjs';

const PATIENCE_MS = 240_000;

/**
 * The stack in containers, under a project name, ports and volumes of its own, so that one that is in use
 * on this machine is left alone.
 *
 * @param {{ isProduction: boolean }} options
 */
export function createStack({ isProduction }) {
  const gcsPort = '24443';
  const env = {
    ...process.env,
    EVERCLIP_VERSION: 'test',
    TOKEN: '',
    BUCKET_NAME: '',
    TEMPORAL_PORT: '27233',
    WEB_UI_PORT: '28233',
    GCS_PORT: gcsPort,
    POSTGRES_PASSWORD: 'only-for-the-test',
  };
  const files = ['docker-compose.yml', ...(isProduction ? ['compose.production.yml'] : [])];
  const options = ['-p', 'everclip-test', ...files.flatMap((file) => ['-f', file])];

  const docker = async (...args) => {
    const { ok, output } = await run('docker', args, { cwd: ROOT, env });
    if (!ok) throw new SetUpError(`docker ${args.slice(0, 8).join(' ')} failed`, output);
    return output.trim();
  };
  const compose = (...args) => docker('compose', ...options, ...args);

  async function until(what, look) {
    const endMs = Date.now() + PATIENCE_MS;
    for (;;) {
      // While something is down, whatever asks it fails.
      const found = await look().catch((error) =>
        Date.now() > endMs ? Promise.reject(error) : null,
      );
      if (found) return found;
      if (Date.now() > endMs) throw new SetUpError(`In ${PATIENCE_MS / 1000} s not: ${what}.`);
      await pause(1000);
    }
  }

  const containers = async () =>
    (await compose('ps', '--all', '--format', 'json'))
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));

  /** The CLI of the dev server's container; the server's own image has none. */
  const temporal = (...args) =>
    isProduction
      ? compose(
          'run',
          '--rm',
          '-T',
          '--no-deps',
          '--entrypoint',
          'temporal',
          'temporal-namespace',
          ...args,
        )
      : compose('exec', '-T', 'temporal', 'temporal', ...args);

  const objects = async (path) => {
    const response = await fetch(`http://127.0.0.1:${gcsPort}/storage/v1/b/everclip/o${path}`);
    if (!response.ok) throw new Error(`the bucket answers ${response.status}`);
    return await response.json();
  };

  return {
    services: [
      'worker',
      'ingest',
      'demo',
      'gcs',
      'temporal',
      ...(isProduction ? ['postgres'] : []),
    ],
    until,
    temporal,
    // The host's network: some builders reach a package registry through it alone.
    build: () => docker('build', '--network', 'host', '-t', 'everclip:test', '.'),
    up: () => compose('up', '-d', '--no-build'),
    restart: () => compose('restart'),
    scaleWorkers: (count) =>
      compose('up', '-d', '--no-build', '--no-recreate', '--scale', `worker=${count}`),
    remove: () => compose('down', '--volumes', '--remove-orphans', '--timeout', '5'),
    lastWords: () => compose('logs', '--tail', '15', '--no-color'),

    /** As a crash would: `docker kill` counts as an operator's wish, after which nothing is started again. */
    kill: (service) =>
      compose('exec', '-T', '--user', 'root', service, 'sh', '-c', 'kill -9 -1').catch(
        () => undefined,
      ),

    untilHealthy: () =>
      until('every container is healthy', async () =>
        (await containers()).every(
          ({ State, Health, ExitCode }) =>
            (State === 'running' && (Health === 'healthy' || Health === '')) ||
            (State === 'exited' && ExitCode === 0),
        ),
      ),

    /** Records in the bucket, parsed. */
    async records() {
      const { items = [] } = await objects('?prefix=messages/&maxResults=1000');
      return await Promise.all(
        items.map(({ name }) => objects(`/${encodeURIComponent(name)}?alt=media`)),
      );
    },

    async historyChannel() {
      const said = await compose('logs', 'demo', '--no-color');
      const found = /channel (\d+) has a history/.exec(said);
      if (!found) throw new Error('the demo names no channel');
      return found[1];
    },

    async count(query) {
      return Number(
        /Total: (\d+)/.exec(await temporal('workflow', 'count', '--query', query))?.[1],
      );
    },

    /** Every clip's workflow, each counted once however often it continued as new. */
    async clips() {
      const query = "WorkflowType = 'archiveClip' AND ExecutionStatus != 'ContinuedAsNew'";
      const json = await temporal(
        'workflow',
        'list',
        '--query',
        query,
        '--limit',
        '1000',
        '-o',
        'json',
      );
      return JSON.parse(json.slice(json.indexOf('['))).map(({ execution, status }) => ({
        id: execution.workflowId,
        status,
      }));
    },

    async imageMegabytes() {
      const bytes = await docker('image', 'inspect', 'everclip:test', '--format', '{{.Size}}');
      return Math.round(Number(bytes) / 1e6);
    },

    /** Service and memory in use, of each container. */
    async memory() {
      const ids = (await containers())
        .filter(({ State }) => State === 'running')
        .map(({ ID }) => ID);
      const lines = await docker(
        'stats',
        '--no-stream',
        '--format',
        '{{.Name}} {{.MemUsage}}',
        ...ids,
      );
      return lines.split('\n').map((line) => {
        const [name, used] = line.split(' ');
        return [name.replace('everclip-test-', ''), used];
      });
    },
  };
}
