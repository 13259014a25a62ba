import { existsSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Client, SignalDefinition, WorkflowHandle } from '@temporalio/client';
import { historyToJSON, type History } from '@temporalio/common/lib/proto-utils.js';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Clip } from '../../../src/clip/clip.ts';
import { clipWorkflowId } from '../../../src/clip/names.ts';
import { startClip } from '../../../src/start-clip.ts';
import type { archiveClip } from '../../../src/workflows/clip/workflow.ts';
import { clipQuery } from '../../../src/workflows/messages.ts';
import { withWorkers } from '../temporal.ts';
import { pause, until } from '../wait.ts';
import { activitiesWith, aPostedClip, type Answers } from './a-posted-clip.ts';

export type ClipHandle = WorkflowHandle<typeof archiveClip>;

export interface ClipScenario extends Answers {
  clip?: Partial<Clip>;
  /** True if an audit starts the clip from its record. */
  fromRecord?: boolean;
  /** A signal that is already waiting when the workflow starts. */
  startSignal?: { signal: SignalDefinition<unknown[]>; signalArgs: unknown[] };
  play: (handle: ClipHandle) => Promise<unknown>;
}

export interface Recorder {
  environment: TestWorkflowEnvironment;
  isWanted: (name: string) => boolean;
  /** Saves the history of every run, each in its own file. */
  save: (name: string, handle: WorkflowHandle) => Promise<void>;
  /** Runs a clip's workflow and saves its history. */
  clip: (name: string, scenario: ClipScenario) => Promise<void>;
}

export function createRecorder(
  environment: TestWorkflowEnvironment,
  { suffix, names }: { suffix: string; names: readonly string[] },
): Recorder {
  const isWanted = (name: string) => names.length === 0 || names.includes(name);
  const { client } = environment;

  async function save(name: string, { workflowId }: WorkflowHandle): Promise<void> {
    for (const [index, history] of (await runsOf(client, workflowId)).entries()) {
      const run = index === 0 ? '' : `-run-${index + 1}`;
      const file = `../../histories/${name}${run}-${suffix}.json`;
      const path = fileURLToPath(new URL(file, import.meta.url));
      if (existsSync(path)) throw new Error(`${path} is there already: give another suffix`);
      // Stack traces contain the paths of the recording machine, and replay ignores them.
      const json = historyToJSON(history);
      writeFileSync(path, `${json.replace(/("stackTrace": )"(?:[^"\\]|\\.)*"/g, '$1""')}\n`);
      console.log(path);
    }
  }

  async function clip(name: string, scenario: ClipScenario): Promise<void> {
    if (!isWanted(name)) return;
    const { clip: overrides, fromRecord = false, startSignal, play, ...answers } = scenario;
    await withWorkers(environment, activitiesWith(answers), async (taskQueue) => {
      const posted = aPostedClip(overrides);
      const starter = startSignal ? signalling(client, startSignal) : client;
      const source = fromRecord ? 'audit' : 'live';
      await startClip(starter, posted, { source, taskQueue, fromRecord });
      const handle = client.workflow.getHandle<typeof archiveClip>(clipWorkflowId(posted));
      await play(handle);
      await pause(500);
      await save(name, handle);
      await handle.terminate().catch(() => undefined);
    });
  }

  return { environment, isWanted, save, clip };
}

/** The histories of a workflow's runs, from its first to its latest. */
async function runsOf(client: Client, workflowId: string): Promise<History[]> {
  const runs: History[] = [];
  let runId: string | undefined;
  do {
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    runs.unshift(history);
    const start = history.events?.[0]?.workflowExecutionStartedEventAttributes;
    runId = start?.continuedExecutionRunId || undefined;
  } while (runId !== undefined);
  return runs;
}

/** A client whose workflows find a signal when they start, as if no worker had run for a while. */
function signalling(client: Client, startSignal: NonNullable<ClipScenario['startSignal']>): Client {
  const start = (type: string, options: Parameters<Client['workflow']['start']>[1]) =>
    client.workflow.signalWithStart(type, {
      ...options,
      ...startSignal,
      // The server rejects the conflict policy FAIL for `signalWithStart`.
      workflowIdConflictPolicy: 'USE_EXISTING',
    });
  return { workflow: { start } } as unknown as Client;
}

export const viewOf = (handle: ClipHandle) => handle.query(clipQuery);

export const status = (handle: ClipHandle, wanted: string) =>
  until(wanted, async () => (await viewOf(handle)).status === wanted);

export const live = (handle: ClipHandle) => status(handle, 'live');

export const refreshed = (handle: ClipHandle, times: number) =>
  until(`${times} refreshes`, async () => (await viewOf(handle)).refreshes === times);

/** Waits until a fetch has ended, whether it succeeded or not. */
export const fetchEnded = (handle: ClipHandle) =>
  until('its end', async () => (await viewOf(handle)).nextRefresh);

/** Waits until the workflow has ended, whether it succeeded or not. */
export const ended = (handle: ClipHandle) => handle.result().catch(() => undefined);
