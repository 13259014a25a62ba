import { until } from './until.mjs';

const SERVICES = ['worker', 'media', 'ingest', 'library', 'demo', 'gcs', 'postgres', 'temporal'];
const BYTES_PER_MEGABYTE = 1e6;

/** @typedef {ReturnType<typeof createStack>} Stack */
/** @typedef {{ State: string, Health: string, ExitCode: number, ID: string }} Container */

/**
 * Returns functions that build, start, break and measure the stack's containers.
 *
 * @param {import('./docker.mjs').Docker} docker
 * @param {{ isProduction: boolean }} options
 */
export function createStack({ docker, compose }, { isProduction }) {
  /** @returns {Promise<Container[]>} */
  const listContainers = async () => {
    const lines = (await compose('ps', '--all', '--format', 'json')).split('\n');
    return lines.filter(Boolean).map((line) => /** @type {Container} */ (JSON.parse(line)));
  };
  /**
   * How often Docker has restarted a service's containers on its own.
   *
   * @param {string} service
   */
  const countRestarts = async (service) => {
    const ids = (await compose('ps', '--all', '-q', service)).split('\n');
    const counts = await docker('inspect', '--format', '{{.RestartCount}}', ...ids);
    return counts.split('\n').reduce((sum, count) => sum + Number(count), 0);
  };

  return {
    isProduction,
    services: SERVICES,
    // On some machines, a build can reach a package registry only through the host's network.
    build: () => docker('build', '--network', 'host', '-t', 'everclip:test', '.'),
    start: () => compose('up', '-d', '--no-build'),
    restart: () => compose('restart'),
    /** @param {number} count */
    scaleWorkers: (count) =>
      compose('up', '-d', '--no-build', '--no-recreate', '--scale', `worker=${count}`),
    remove: () => compose('down', '--volumes', '--remove-orphans', '--timeout', '5'),
    readLastLogs: () => compose('logs', '--tail', '15', '--no-color'),

    /**
     * Kills all processes of one container, and waits until Docker has restarted the container. Docker does not restart
     * a container after `docker kill`. So the signal is sent inside the container, and Docker sees a crash.
     *
     * @param {string} service
     */
    async kill(service) {
      const before = await countRestarts(service);
      // The user of the service's processes sends the signal, because root without capabilities may not kill other
      // users' processes. The image of PostgreSQL starts as root, but PostgreSQL runs as the user postgres. The signal
      // kills the shell too, so the shell's exit code is meaningless.
      const user = service === 'postgres' ? ['--user', 'postgres'] : [];
      const command = ['sh', '-c', 'kill -9 -1'];
      await compose('exec', '-T', ...user, service, ...command).catch(() => undefined);
      await until(`${service} has restarted`, async () => (await countRestarts(service)) > before);
    },

    untilHealthy: () =>
      until('every container is healthy', async () =>
        (await listContainers()).every(
          ({ State, Health, ExitCode }) =>
            (State === 'running' && (Health === 'healthy' || Health === '')) ||
            (State === 'exited' && ExitCode === 0),
        ),
      ),

    async measureImage() {
      const bytes = await docker('image', 'inspect', 'everclip:test', '--format', '{{.Size}}');
      return Math.round(Number(bytes) / BYTES_PER_MEGABYTE);
    },

    /**
     * Returns how much memory each running container uses, in docker's format.
     *
     * @returns {Promise<{ service: string, memory: string }[]>}
     */
    async measureMemory() {
      const running = (await listContainers()).filter(({ State }) => State === 'running');
      const format = ['--no-stream', '--format', '{{.Name}} {{.MemUsage}}'];
      const lines = await docker('stats', ...format, ...running.map(({ ID }) => ID));
      return lines.split('\n').map((line) => {
        const [name = '', memory = ''] = line.split(' ');
        return { service: name.replace('everclip-test-', ''), memory };
      });
    },
  };
}
