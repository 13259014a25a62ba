import type { TemporalTarget } from '../temporal/connect.ts';

/** What a person who has just started Everclip wants to know. */
export function welcome(facts: {
  demo: boolean;
  /** Null where the server isn't ours. */
  webUi: string | null;
  temporal: TemporalTarget;
  bucket: string;
  backfillChannelId: string | null;
  temporalCli: string;
  taskQueue: string;
}): string {
  const { temporal, backfillChannelId: channelId } = facts;
  const address = temporal.address === '127.0.0.1:7233' ? '' : ` --address ${temporal.address}`;
  const namespace = temporal.namespace === 'default' ? '' : ` --namespace ${temporal.namespace}`;
  const backfill =
    channelId === null
      ? []
      : [
          '',
          'Backfill a channel with:',
          `  ${facts.temporalCli} workflow start${address}${namespace} --type backfill --task-queue ${facts.taskQueue} \\`,
          `    --workflow-id backfill-${channelId} --input '{"channelId":"${channelId}"}'`,
        ];
  return [
    '',
    'Everclip is running.',
    ...(facts.demo
      ? [
          '  Discord   a demo on this machine: no real Discord is touched. Set TOKEN for the real one',
        ]
      : ['  Discord   the real one, with your TOKEN']),
    `  Web UI    ${facts.webUi ?? `that of your Temporal at ${temporal.address}`}`,
    `  Bucket    ${facts.bucket}`,
    ...backfill,
    '',
    'Ctrl-C stops it; nothing is lost.',
    '',
  ].join('\n');
}
