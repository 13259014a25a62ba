import type { WorkflowHandle } from '@temporalio/client';
import type { Workflow, WorkflowResultType } from '@temporalio/common';
import { valueOrNull } from './wait.ts';

const MAX_WAIT_MS = 60_000;
const MAX_ATTRIBUTES_LENGTH = 300;

/**
 * Returns the result of a workflow.
 * @throws Error that lists the events of the workflow's history if there is no result after a minute, because a workflow
 *   whose tasks fail never ends
 */
export async function resultOf<T extends Workflow>(
  handle: WorkflowHandle<T>,
): Promise<WorkflowResultType<T>> {
  const ended = await valueOrNull(
    handle.result().then((result) => ({ result })),
    MAX_WAIT_MS,
  );
  if (ended !== null) return ended.result;
  const { events } = await handle.fetchHistory();
  throw new Error(
    `no result after ${MAX_WAIT_MS} ms: ${(events ?? []).map((event) => describeEvent(event)).join(', ')}`,
  );
}

/** Returns an event's number, kind and attributes. */
function describeEvent(event: object): string {
  const entries = Object.entries(event) as [string, unknown][];
  const [kind = '', attributes] = entries.find(([name]) => name.endsWith('EventAttributes')) ?? [];
  const id = String(entries.find(([name]) => name === 'eventId')?.[1]);
  return `${id} ${kind.replace('EventAttributes', '')} ${JSON.stringify(attributes).slice(0, MAX_ATTRIBUTES_LENGTH)}`;
}
