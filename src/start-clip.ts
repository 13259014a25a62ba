import type { Client, WorkflowOptions } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { clipSummary, clipTitleOf, type Clip, type ClipSource } from './clip/clip.ts';
import { CLIP_PRIORITIES, clipWorkflowId } from './clip/names.ts';
import { leaseOf } from './clip/lease.ts';
import { firstVisible, plain } from './clip/plain.ts';
import * as attributes from './clip/search-attributes.ts';
import { checkClip } from './clip/schemas/clip.ts';
import type { StartOptions } from './clip/state.ts';
import { cutTexts } from './clip/schemas/cut-texts.ts';
import { invalidInput, serviceFailed } from './errors.ts';
import { reasonRefused, reasonRefusedForGood } from './temporal/refused-for-good.ts';
import type { archiveClip } from './workflows/clip/workflow.ts';

const DEFAULT_PRIORITIES: Record<ClipSource, number> = {
  live: CLIP_PRIORITIES.next,
  sweep: CLIP_PRIORITIES.found,
  backfill: CLIP_PRIORITIES.found,
  audit: CLIP_PRIORITIES.found,
};

/**
 * Says which ended clips may start again. Only a backfill restarts a clip that an operator cancelled, and only a
 * backfill that revives clips restarts a deleted clip. An audit restarts a clip whose workflow was terminated or has
 * failed. An audit doesn't start a clip that an operator cancelled: it asks Temporal before (`inspectShownClip`). The
 * policy applies while Temporal remembers the closed execution. Later, the clip's workflow learns from the stored
 * record, at its first write, that the clip has ended.
 */
const RESTARTS = {
  nothing: { policy: 'REJECT_DUPLICATE', restarts: [] },
  failed: { policy: 'ALLOW_DUPLICATE_FAILED_ONLY', restarts: [] },
  stopped: { policy: 'ALLOW_DUPLICATE_FAILED_ONLY', restarts: ['stopped'] },
  everything: { policy: 'ALLOW_DUPLICATE', restarts: ['stopped', 'deleted'] },
} as const;

/**
 * After this time another worker gets the workflow task of a killed worker. The server's default of 10 s
 * is too long for short refresh margins.
 */
const WORKFLOW_TASK_TIMEOUT = '5s';

/** Discord's ids are shorter than this. */
const MAX_SHOWN_ID_LENGTH = 60;

/** The dev server's database holds at most 255 characters in a search attribute of type Keyword. */
const MAX_KEYWORD_LENGTH = 255;

export interface StartClipOptions {
  source: ClipSource;
  taskQueue: string;
  /** The priority of a live clip, which depends on its poster's other clips (`src/ingest/poster-turns.ts`). */
  priority?: number;
  /** True if a backfill also restarts deleted clips. */
  revive?: boolean;
  /** True if the clip was made from its record (`clipOfRecord`). */
  fromRecord?: boolean;
}

/**
 * Starts a clip's workflow. All code that starts a clip calls this function. Repeated calls are safe.
 *
 * The result is `known` if the workflow is running, or if it ended because the clip was deleted. If the workflow was
 * terminated or cancelled, or has failed, only a backfill or an audit starts it again. If Temporal no longer knows the
 * workflow, a new workflow is started. The new workflow ends at once if the clip's record says `deleted` or `stopped`.
 * @throws InvalidInput if the clip is malformed, or if it is too large for Temporal
 * @throws ServiceFailed if Temporal refuses the clip for a reason that an operator can fix
 * @throws the client's errors if Temporal can't be reached or denies the start
 */
export async function startClip(
  client: Client,
  clip: Clip,
  {
    source,
    taskQueue,
    priority = DEFAULT_PRIORITIES[source],
    revive = false,
    fromRecord = false,
  }: StartClipOptions,
): Promise<'started' | 'known'> {
  const { value, fault } = checkClip(clip);
  if (value === null) throw invalidInput(`the clip ${shownId(clip)} is malformed: ${fault}`);
  const checked = cutTexts(value);
  const { policy, restarts } = RESTARTS[restartedBy(source, revive)];
  const options: StartOptions = {
    ...(restarts.length > 0 && { restarts }),
    ...(fromRecord && { fromRecord }),
  };
  try {
    await client.workflow.start<typeof archiveClip>('archiveClip', {
      taskQueue,
      workflowId: clipWorkflowId(checked),
      workflowIdConflictPolicy: 'FAIL',
      workflowIdReusePolicy: policy,
      args: Object.keys(options).length === 0 ? [checked] : [checked, undefined, options],
      workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
      priority: { priorityKey: priority },
      ...presentClip(checked),
    });
    return 'started';
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return 'known';
    throw refusal(error, clip) ?? error;
  }
}

/**
 * Returns the failure that says why Temporal refuses a clip, or null if Temporal does not refuse the clip as invalid.
 */
function refusal(error: unknown, clip: Clip): Error | null {
  const lasting = reasonRefusedForGood(error);
  if (lasting !== null) {
    return invalidInput(`Temporal refuses the clip ${shownId(clip)}: ${lasting}`);
  }
  // The message leaves out the clip's id, so that the log shows one line for all waiting clips.
  const reason = reasonRefused(error);
  return reason === null ? null : serviceFailed(`Temporal refuses to start clips: ${reason}`);
}

type Presentation = Pick<WorkflowOptions, 'staticSummary' | 'typedSearchAttributes'>;

/** Returns what the Web UI and list queries show of the clip. */
function presentClip(clip: Clip): Presentation {
  const lease = leaseOf(clip.url);
  return {
    staticSummary: clipSummary(clip),
    typedSearchAttributes: [
      { key: attributes.clipTitle, value: toKeyword(clipTitleOf(clip), clip.filename) },
      { key: attributes.clipState, value: 'archiving' },
      { key: attributes.clipChannel, value: toKeyword(clip.channelName, clip.channelId) },
      ...(clip.guildName === null
        ? []
        : [{ key: attributes.clipGuild, value: toKeyword(clip.guildName, clip.guildId) }]),
      { key: attributes.clipPoster, value: toKeyword(clip.poster.username, clip.poster.id) },
      ...(lease === null
        ? []
        : [{ key: attributes.linkExpiresAt, value: new Date(lease.expiresAt * 1000) }]),
    ],
  };
}

function shownId(clip: Clip): string {
  return clipWorkflowId(clip).slice(0, MAX_SHOWN_ID_LENGTH);
}

function restartedBy(source: ClipSource, revive: boolean): keyof typeof RESTARTS {
  if (source === 'audit') return 'failed';
  if (source !== 'backfill') return 'nothing';
  return revive ? 'everything' : 'stopped';
}

/**
 * Returns a text for a search attribute, which people see in lists. Its Markdown is kept, because list queries compare
 * the text with the name in Discord, and nothing renders search attributes.
 * If the text is invisible, returns `fallback`, because nobody could write a query for the text.
 */
function toKeyword(text: string, fallback: string | null): string {
  // The cut may leave the first half of a character.
  return plain(firstVisible([text, fallback ?? '']), { markup: 'kept' })
    .slice(0, MAX_KEYWORD_LENGTH)
    .replace(/[\ud800-\udbff]$/, '');
}
