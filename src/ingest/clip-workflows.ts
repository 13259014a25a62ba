import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { clipSummary, type Clip } from '../clip/clip.ts';
import { clipWorkflowId, messageWorkflowIdPrefix } from '../clip/names.ts';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { startClip } from '../start-clip.ts';
import { editedSignal, goneSignal, refreshNowSignal } from '../workflows/messages.ts';

/** What ingest does with clip workflows. Every method may be repeated. */
export interface ClipWorkflows {
  start(clip: Clip): Promise<'started' | 'known'>;
  /** Starts the clip; where it runs already, tells it what the message says now. */
  startOrEdit(clip: Clip): Promise<void>;
  gone(workflowId: string): Promise<void>;
  /** Has the clip fetch its message, which tells whether it is still there. */
  doubt(workflowId: string): Promise<void>;
  /** Ids of the running clip workflows of a message. */
  ofMessage(messageId: string): Promise<string[]>;
}

/** Messages whose clips are remembered: Temporal's lists lag a moment behind its starts. */
const MOST_REMEMBERED = 1000;

export function createClipWorkflows(
  temporal: Client,
  taskQueue: string,
  log: Logger,
  metrics: Pick<Metrics, 'clipStarted'>,
): ClipWorkflows {
  const recent = new Map<string, Set<string>>();

  const start: ClipWorkflows['start'] = async (clip) => {
    const outcome = await startClip(temporal, clip, { source: 'live', taskQueue });
    remember(clip);
    if (outcome === 'started') {
      metrics.clipStarted('live');
      log.info(
        { workflow: clipWorkflowId(clip), channel: clip.channelId },
        `new clip: ${clipSummary(clip)}`,
      );
    }
    return outcome;
  };

  return {
    start,
    async startOrEdit(clip) {
      if ((await start(clip)) === 'started') return;
      const handle = temporal.workflow.getHandle(clipWorkflowId(clip));
      const { description, url } = clip;
      await unlessEnded(() => handle.signal(editedSignal, { description, url }));
    },
    async gone(workflowId) {
      const handle = temporal.workflow.getHandle(workflowId);
      if (await unlessEnded(() => handle.signal(goneSignal))) {
        log.info({ workflow: workflowId }, 'clip deleted');
      }
    },
    async doubt(workflowId) {
      await unlessEnded(() => temporal.workflow.getHandle(workflowId).signal(refreshNowSignal));
    },
    async ofMessage(messageId) {
      const ids = new Set(recent.get(messageId));
      const query = `WorkflowId STARTS_WITH '${messageWorkflowIdPrefix(messageId)}' AND ExecutionStatus = 'Running'`;
      for await (const { workflowId } of temporal.workflow.list({ query })) ids.add(workflowId);
      return [...ids];
    },
  };

  function remember(clip: Clip): void {
    const ids = recent.get(clip.messageId) ?? new Set();
    recent.set(clip.messageId, ids.add(clipWorkflowId(clip)));
    const [oldest] = recent.keys();
    if (recent.size > MOST_REMEMBERED && oldest !== undefined) recent.delete(oldest);
  }
}

/** False where the workflow had ended already. */
async function unlessEnded(signal: () => Promise<void>): Promise<boolean> {
  try {
    await signal();
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
