import type { TemporalTarget } from '../temporal/connect.ts';

/** What a person who has just started Everclip wants to know. */
export function welcome(facts: {
  /** Null: the demo Discord. */
  discord: { username: string; apiUrl: string } | null;
  /** Null where the server isn't ours. */
  webUi: string | null;
  temporal: TemporalTarget;
  bucket: string;
  backfillChannelId: string | null;
  temporalCli: string;
  taskQueue: string;
}): string {
  const { temporal } = facts;
  const channelId = facts.backfillChannelId ?? '<channel id>';
  const address = temporal.address === '127.0.0.1:7233' ? '' : ` --address ${temporal.address}`;
  const namespace = temporal.namespace === 'default' ? '' : ` --namespace ${temporal.namespace}`;
  return [
    '',
    'Everclip is running.',
    facts.discord === null
      ? '  Discord   a demo on this machine: no real Discord is touched. Set TOKEN for the real one'
      : `  Discord   as ${facts.discord.username}, at ${facts.discord.apiUrl}`,
    `  Web UI    ${facts.webUi ?? `that of your Temporal at ${temporal.address}`}`,
    `  Bucket    ${facts.bucket}`,
    '',
    'Backfill a channel with:',
    `  ${facts.temporalCli} workflow start${address}${namespace} --type backfill --task-queue ${facts.taskQueue} \\`,
    `    --workflow-id backfill-${channelId} --input '{"channelId":"${channelId}"}'`,
    '',
    'Ctrl-C stops it; nothing is lost.',
    '',
  ].join('\n');
}
