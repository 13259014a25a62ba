/** A Temporal server and a namespace. */
export interface CliTarget {
  address: string;
  namespace: string;
}

/** What Temporal's CLI uses without options, see https://docs.temporal.io/cli/cmd-options */
const CLI_DEFAULT: CliTarget = { address: '127.0.0.1:7233', namespace: 'default' };
const NAMES_OF_DEFAULT_ADDRESS = [CLI_DEFAULT.address, 'localhost:7233'];

/**
 * Returns the command of Temporal's CLI that lists the workflows of a query. The command names the server and the
 * namespace only if they differ from the CLI's defaults. It never contains a key.
 */
export function listCommand(query: string, { address, namespace } = CLI_DEFAULT): string {
  return [
    'temporal workflow list',
    ...(NAMES_OF_DEFAULT_ADDRESS.includes(address) ? [] : [`--address ${address}`]),
    ...(namespace === CLI_DEFAULT.namespace ? [] : [`--namespace ${namespace}`]),
    `--query "${query}"`,
  ].join(' ');
}
