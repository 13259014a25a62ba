import { GCS_PORT } from './docker.mjs';

const BUCKET_URL = `http://127.0.0.1:${GCS_PORT}/storage/v1/b/everclip/o`;

/** Matches the line in which src/local/demo.ts prints the id of the channel with a history. */
export const HISTORY_CHANNEL = /channel (\d+) has a history/;

/** @typedef {ReturnType<typeof createArchive>} Archive */
/** @typedef {{ id: string, status: string }} ClipWorkflow */
/**
 * @typedef {object} ClipRecord the fields of a record that the test reads
 * @property {string} Id
 * @property {number} Date
 * @property {number} Expire_Timestamp
 * @property {string} Filename
 * @property {string} channelId
 * @property {string} Status
 * @property {string} [Thumbnail]
 */

/**
 * Returns functions that read from Temporal and from the bucket what the stack has archived.
 *
 * @param {import('./docker.mjs').Docker} docker
 * @param {{ isProduction: boolean }} options
 */
export function createArchive({ compose }, { isProduction }) {
  // In production, the container that creates the namespace contains the Temporal CLI. The server's image might lack
  // the CLI.
  const cli = isProduction
    ? ['run', '--rm', '-T', '--no-deps', '--entrypoint', 'temporal', 'temporal-namespace']
    : ['exec', '-T', 'temporal', 'temporal'];
  /** @param {...string} args */
  const temporal = (...args) => compose(...cli, ...args);

  /**
   * @param {string} path
   * @returns {Promise<unknown>}
   */
  const fetchJson = async (path) => {
    const response = await fetch(`${BUCKET_URL}${path}`);
    if (!response.ok) throw new Error(`the bucket answered HTTP ${response.status}`);
    return await response.json();
  };
  /**
   * @param {string} prefix
   * @returns {Promise<string[]>}
   */
  const listObjects = async (prefix) => {
    const listing = /** @type {{ items?: { name: string }[] }} */ (
      await fetchJson(`?prefix=${prefix}`)
    );
    const { items = [] } = listing;
    return items.map(({ name }) => name);
  };

  return {
    listObjects,
    /** Runs the Temporal CLI in the stack. */
    runTemporal: temporal,

    /** @returns {Promise<ClipRecord[]>} */
    async readRecords() {
      const names = await listObjects('messages/');
      const records = await Promise.all(
        names.map((name) => fetchJson(`/${encodeURIComponent(name)}?alt=media`)),
      );
      return /** @type {ClipRecord[]} */ (records);
    },

    /** Returns the id of the demo's channel with a history, which the demo prints. */
    async findHistoryChannel() {
      const logs = await compose('logs', 'demo', '--no-color');
      const channelId = HISTORY_CHANNEL.exec(logs)?.[1];
      if (channelId === undefined) throw new Error('the demo did not print its history channel');
      return channelId;
    },

    /**
     * Starts a backfill as an operator does. Resolves as soon as the backfill runs.
     *
     * @param {string} channelId
     */
    startBackfill: (channelId) =>
      temporal(
        ...['workflow', 'start', '--type', 'backfill', '--task-queue', 'clips'],
        ...['--workflow-id', `backfill-${channelId}`, '--input', `{"channelId":"${channelId}"}`],
      ),

    /** Terminates the workflows of all clips, as a batch. */
    terminateClips: () =>
      temporal(
        ...['workflow', 'terminate', '--yes', '--reason', 'lost by the test'],
        ...['--query', "WorkflowType = 'archiveClip' AND ExecutionStatus = 'Running'"],
      ),

    /** @param {string} query */
    async countWorkflows(query) {
      const output = await temporal('workflow', 'count', '--query', query);
      return Number(/Total: (\d+)/.exec(output)?.[1]);
    },

    /**
     * Lists the clips' workflows. A workflow that continued as new counts once.
     *
     * @returns {Promise<ClipWorkflow[]>}
     */
    async listClips() {
      const query = "WorkflowType = 'archiveClip' AND ExecutionStatus != 'ContinuedAsNew'";
      const output = await temporal(
        ...['workflow', 'list', '--query', query, '--limit', '1000', '-o', 'json'],
      );
      const workflows = /** @type {{ execution: { workflowId: string }, status: string }[]} */ (
        JSON.parse(output.slice(output.indexOf('[')))
      );
      return workflows.map(({ execution, status }) => ({ id: execution.workflowId, status }));
    },
  };
}
