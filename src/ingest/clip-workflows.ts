import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { BoundedMap } from '../bounded-map.ts';
import { clipSummary, type Clip } from '../clip/clip.ts';
import { detailsOf } from '../clip/message/details.ts';
import { clipWorkflowId, messageWorkflowIdPrefix } from '../clip/names.ts';
import { checkDetails } from '../clip/schemas/clip.ts';
import { invalidInput } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { startClip } from '../start-clip.ts';
import { reasonRefusedForGood } from '../temporal/refused-for-good.ts';
import { editedSignal, goneSignal, refreshNowSignal } from '../workflows/messages.ts';
import { createPosterTurns } from './poster-turns.ts';
import { MAX_MESSAGES_PER_QUERY, runningClipsQuery } from './running-clips-query.ts';

/**
 * Ingest's operations on clip workflows. Every method is safe to repeat, and throws InvalidInput if the clip or
 * the edit is too large for Temporal.
 */
export interface ClipWorkflows {
  start(clip: Clip): Promise<'started' | 'known'>;
  /** Starts the clip's workflow. If the workflow is already running, sends it the message's current text and link. */
  startOrEdit(clip: Clip): Promise<void>;
  /** Tells the workflow that its message or attachment was deleted. */
  reportDeleted(workflowId: string): Promise<void>;
  /** Makes the workflow fetch its message, which shows whether the clip still exists. */
  requestRefresh(workflowId: string): Promise<void>;
  /** Returns the ids of the message's running clip workflows. */
  findRunning(messageId: string): Promise<string[]>;
  /**
   * Returns a function that works like `findRunning` for each of these messages. All calls of this function share one
   * list query. The query runs at the first call. The query runs again only if the first query failed.
   */
  createBulkLookUp(messageIds: readonly string[]): (messageId: string) => Promise<string[]>;
}

/**
 * The started clips of this many messages are remembered, because new workflows appear in Temporal's lists with a
 * delay.
 */
const MAX_REMEMBERED_MESSAGES = 1000;

export function createClipWorkflows(
  temporal: Client,
  taskQueue: string,
  log: Logger,
  metrics: Pick<Metrics, 'clipStarted'>,
): ClipWorkflows {
  const startedByMessage = new BoundedMap<string, Set<string>>(MAX_REMEMBERED_MESSAGES);
  const turns = createPosterTurns();

  async function start(clip: Clip): Promise<'started' | 'known'> {
    const outcome = await startInTurn(clip);
    remember(clip);
    if (outcome === 'started') {
      metrics.clipStarted('live');
      log.info(
        { workflow: clipWorkflowId(clip), channel: clip.channelId },
        `new clip: ${clipSummary(clip)}`,
      );
    }
    return outcome;
  }

  /**
   * Starts the clip. Its priority depends on how many clips its poster has recently posted. A clip counts only if its
   * workflow is new.
   */
  async function startInTurn(clip: Clip): Promise<'started' | 'known'> {
    const { priority, giveBack } = turns.take(clip.poster.id);
    let isNew = false;
    try {
      const outcome = await startClip(temporal, clip, { source: 'live', taskQueue, priority });
      isNew = outcome === 'started';
      return outcome;
    } finally {
      if (!isNew) giveBack();
    }
  }

  function remember(clip: Clip): void {
    const ids = startedByMessage.get(clip.messageId) ?? new Set();
    startedByMessage.set(clip.messageId, ids.add(clipWorkflowId(clip)));
  }

  async function listRunning(messageIds: readonly string[]): Promise<string[]> {
    const found: string[] = [];
    for (let at = 0; at < messageIds.length; at += MAX_MESSAGES_PER_QUERY) {
      const query = runningClipsQuery(messageIds.slice(at, at + MAX_MESSAGES_PER_QUERY));
      for await (const { workflowId } of temporal.workflow.list({ query })) found.push(workflowId);
    }
    return found;
  }

  function createBulkLookUp(messageIds: readonly string[]): ClipWorkflows['findRunning'] {
    let listed: Promise<string[]> | null = null;
    function listOnce(): Promise<string[]> {
      listed ??= listRunning(messageIds).catch((error: unknown) => {
        listed = null;
        throw error;
      });
      return listed;
    }
    return async (messageId) => {
      const prefix = messageWorkflowIdPrefix(messageId);
      const running = (await listOnce()).filter((workflowId) => workflowId.startsWith(prefix));
      return [...new Set([...(startedByMessage.get(messageId) ?? []), ...running])];
    };
  }

  return {
    start,
    async startOrEdit(clip) {
      if ((await start(clip)) === 'started') return;
      const handle = temporal.workflow.getHandle(clipWorkflowId(clip));
      const edit = {
        description: clip.description,
        url: clip.url,
        details: checkDetails(detailsOf(clip)),
      };
      await signalUnlessEnded(() => handle.signal(editedSignal, edit));
    },
    async reportDeleted(workflowId) {
      const handle = temporal.workflow.getHandle(workflowId);
      if (await signalUnlessEnded(() => handle.signal(goneSignal))) {
        // The worker logs the deletion when the record is written, so this line is only for debugging.
        log.debug({ workflow: workflowId }, 'reported a deletion');
      }
    },
    async requestRefresh(workflowId) {
      const handle = temporal.workflow.getHandle(workflowId);
      await signalUnlessEnded(() => handle.signal(refreshNowSignal));
    },
    findRunning(messageId) {
      return createBulkLookUp([messageId])(messageId);
    },
    createBulkLookUp,
  };
}

/**
 * Sends the signal; returns false if the workflow has already ended.
 * @throws InvalidInput if this signal is too large for Temporal
 */
async function signalUnlessEnded(sendSignal: () => Promise<void>): Promise<boolean> {
  try {
    await sendSignal();
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    const reason = reasonRefusedForGood(error);
    throw reason === null ? error : invalidInput(`Temporal refuses the signal: ${reason}`);
  }
}
