import { GCS_PORT } from './docker.mjs';

/**
 * What the stack knows of its clips: Temporal's side and the bucket's.
 *
 * @param {ReturnType<import('./docker.mjs').createDocker>} docker
 * @param {{ isProduction: boolean }} options
 */
export function lookAtClips({ compose }, { isProduction }) {
  /** In production by the container that made the namespace: the server's image need not hold the CLI. */
  const cli = isProduction
    ? ['run', '--rm', '-T', '--no-deps', '--entrypoint', 'temporal', 'temporal-namespace']
    : ['exec', '-T', 'temporal', 'temporal'];
  const temporal = (...args) => compose(...cli, ...args);

  const objects = async (path) => {
    const response = await fetch(`http://127.0.0.1:${GCS_PORT}/storage/v1/b/everclip/o${path}`);
    if (!response.ok) throw new Error(`the bucket answers ${response.status}`);
    return await response.json();
  };
  const names = async (prefix) => {
    const { items = [] } = await objects(`?prefix=${prefix}`);
    return items.map(({ name }) => name);
  };

  return {
    temporal,
    names,

    /** Records in the bucket, parsed. */
    records: async () =>
      await Promise.all(
        (await names('messages/')).map((name) => objects(`/${encodeURIComponent(name)}?alt=media`)),
      ),

    async historyChannel() {
      const said = await compose('logs', 'demo', '--no-color');
      const found = /channel (\d+) has a history/.exec(said);
      if (!found) throw new Error('the demo names no channel');
      return found[1];
    },

    /** As an operator does it; resolves when it runs. */
    startBackfill: (channelId) =>
      temporal(
        ...['workflow', 'start', '--type', 'backfill', '--task-queue', 'clips'],
        ...['--workflow-id', `backfill-${channelId}`, '--input', `{"channelId":"${channelId}"}`],
      ),

    async count(query) {
      const said = await temporal('workflow', 'count', '--query', query);
      return Number(/Total: (\d+)/.exec(said)?.[1]);
    },

    /** Every clip's workflow, each counted once however often it continued as new. */
    async clips() {
      const query = "WorkflowType = 'archiveClip' AND ExecutionStatus != 'ContinuedAsNew'";
      const json = await temporal(
        ...['workflow', 'list', '--query', query, '--limit', '1000', '-o', 'json'],
      );
      return JSON.parse(json.slice(json.indexOf('['))).map(({ execution, status }) => ({
        id: execution.workflowId,
        status,
      }));
    },
  };
}
