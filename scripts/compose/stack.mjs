import { until } from './until.mjs';

const SERVICES = ['worker', 'ingest', 'demo', 'gcs', 'temporal'];

/**
 * The stack's containers: builds, starts, breaks and measures them.
 *
 * @param {ReturnType<import('./docker.mjs').createDocker>} docker
 * @param {{ isProduction: boolean }} options
 */
export function createStack({ docker, compose }, { isProduction }) {
  const containers = async () =>
    (await compose('ps', '--all', '--format', 'json'))
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  /** How often the engine has started a service's containers again by itself. */
  const restarts = async (service) => {
    const ids = (await compose('ps', '--all', '-q', service)).split('\n');
    const counts = await docker('inspect', '--format', '{{.RestartCount}}', ...ids);
    return counts.split('\n').reduce((sum, count) => sum + Number(count), 0);
  };

  return {
    services: [...SERVICES, ...(isProduction ? ['postgres'] : [])],
    // The host's network: some builders reach a package registry through it alone.
    build: () => docker('build', '--network', 'host', '-t', 'everclip:test', '.'),
    up: () => compose('up', '-d', '--no-build'),
    restart: () => compose('restart'),
    scaleWorkers: (count) =>
      compose('up', '-d', '--no-build', '--no-recreate', '--scale', `worker=${count}`),
    remove: () => compose('down', '--volumes', '--remove-orphans', '--timeout', '5'),
    lastWords: () => compose('logs', '--tail', '15', '--no-color'),

    /**
     * Kills all processes of one container and sees that the engine starts it again. From within, as a crash
     * would: `docker kill` counts as an operator's wish, after which nothing is started again.
     */
    async kill(service) {
      const before = await restarts(service);
      // By the container's own user: without capabilities not even root may kill another's processes. The
      // shell that does it dies with them, so that its exit code says nothing.
      await compose('exec', '-T', service, 'sh', '-c', 'kill -9 -1').catch(() => undefined);
      await until(`${service} is started again`, async () => (await restarts(service)) > before);
    },

    untilHealthy: () =>
      until('every container is healthy', async () =>
        (await containers()).every(
          ({ State, Health, ExitCode }) =>
            (State === 'running' && (Health === 'healthy' || Health === '')) ||
            (State === 'exited' && ExitCode === 0),
        ),
      ),

    async imageMegabytes() {
      const bytes = await docker('image', 'inspect', 'everclip:test', '--format', '{{.Size}}');
      return Math.round(Number(bytes) / 1e6);
    },

    /** Service and memory in use, of each container that runs. */
    async memory() {
      const running = (await containers()).filter(({ State }) => State === 'running');
      const format = ['--no-stream', '--format', '{{.Name}} {{.MemUsage}}'];
      const lines = await docker('stats', ...format, ...running.map(({ ID }) => ID));
      return lines.split('\n').map((line) => {
        const [name, used] = line.split(' ');
        return [name.replace('everclip-test-', ''), used];
      });
    },
  };
}
