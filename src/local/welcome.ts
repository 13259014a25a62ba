import { shownName } from '../clip/clip.ts';
import type { TemporalTarget } from '../temporal/connect.ts';

export interface WelcomeFacts {
  /** The library's address. */
  library: string;
  /** The bot's name and the server that it is logged in to; null for the demo Discord. */
  discord: { username: string; apiUrl: string } | null;
  /** The Web UI's URL; null if the operator runs Temporal, because then Everclip does not know the URL. */
  webUi: string | null;
  temporal: TemporalTarget;
  /** The bucket's `gs://` URL or the folder's path. */
  bucket: string;
  /** A channel for the example command; null if no channel is known. */
  backfillChannelId: string | null;
  temporalCli: string;
  taskQueue: string;
}

/** The address and namespace that the Temporal CLI uses without options. */
const DEFAULT_ADDRESS = '127.0.0.1:7233';
const DEFAULT_NAMESPACE = 'default';

/** Returns the greeting of `npm start`, which says where everything is and how to start a backfill. */
export function welcomeText(facts: WelcomeFacts): string {
  const { discord, temporal } = facts;
  const channelId = facts.backfillChannelId ?? '<channel id>';
  const address = temporal.address === DEFAULT_ADDRESS ? '' : ` --address ${temporal.address}`;
  const namespace =
    temporal.namespace === DEFAULT_NAMESPACE ? '' : ` --namespace ${temporal.namespace}`;
  return [
    '',
    'Everclip is running.',
    `  Library   ${facts.library}`,
    discord === null
      ? '  Discord   a demo on this machine. To use the real Discord, set TOKEN'
      : `  Discord   logged in as ${shownName(discord.username)} at ${discord.apiUrl}`,
    `  Web UI    ${facts.webUi ?? `the Web UI of your Temporal server (${temporal.address})`}`,
    `  Bucket    ${facts.bucket}`,
    '',
    'To backfill a channel, run:',
    `  ${facts.temporalCli} workflow start${address}${namespace} --type backfill --task-queue ${facts.taskQueue} \\`,
    `    --workflow-id backfill-${channelId} --input '{"channelId":"${channelId}"}'`,
    '',
    'Press Ctrl-C to stop. Nothing is lost: the next start resumes all work.',
    '',
  ].join('\n');
}
