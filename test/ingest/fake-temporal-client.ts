import { WorkflowExecutionAlreadyStartedError, type Client } from '@temporalio/client';
import type { SignalDefinition } from '@temporalio/common';

/** A fake Temporal client that keeps its workflows in memory and records its calls. */
export interface FakeTemporal {
  client: Client;
  /** The calls in order, such as `start clip-1-2`, `list` and `gone clip-1-2`. */
  calls: string[];
  running: Set<string>;
  /** The queries of all list calls. */
  queries: string[];
  /** Errors with which the next list calls fail. */
  listErrors: Error[];
}

export function createFakeTemporal(): FakeTemporal {
  const calls: string[] = [];
  const queries: string[] = [];
  const running = new Set<string>();
  const listErrors: Error[] = [];
  const workflow = {
    async start(type: string, { workflowId }: { workflowId: string }) {
      calls.push(`start ${workflowId}`);
      if (running.has(workflowId)) {
        throw new WorkflowExecutionAlreadyStartedError('already started', workflowId, type);
      }
      running.add(workflowId);
    },
    /**
     * Ignores the filter of the query and lists all running workflows. A real database can list too many workflows too,
     * if its collation ignores punctuation.
     */
    async *list({ query }: { query: string }) {
      calls.push('list');
      queries.push(query);
      const error = listErrors.shift();
      if (error) throw error;
      for (const workflowId of [...running]) yield { workflowId };
    },
    getHandle: (workflowId: string) => ({
      async signal({ name }: SignalDefinition) {
        calls.push(`${name} ${workflowId}`);
      },
    }),
  };
  return { client: { workflow } as unknown as Client, calls, running, queries, listErrors };
}
