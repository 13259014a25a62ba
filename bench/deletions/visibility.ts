import { setTimeout as pause } from 'node:timers/promises';
import {
  Client,
  Connection,
  defaultGrpcRetryOptions,
  makeGrpcRetryInterceptor,
  type ConnectionOptions,
} from '@temporalio/client';
import type { Clip } from '../../src/clip/clip.ts';
import { startClip } from '../../src/start-clip.ts';
import { say } from '../support/benchmark.ts';

/** No worker polls this task queue, so the workflows on this queue run until the server stops. */
const UNPOLLED_QUEUE = 'bench-deletions';

/** The number of concurrent starts. A backfill starts the same number of clips at a time. */
const CONCURRENT_STARTS = 8;

/** The maximum number of tries per start. A busy dev server sometimes misses its own deadlines. */
const MAX_TRIES = 10;
const PAUSE_MS = 1000;

const PROGRESS_EVERY = 10_000;

/** A client that counts its list calls, including the retries of rate limited calls. */
export interface CountingClient {
  client: Client;
  /** Returns the number of list calls since this function was last called. */
  takeListCalls(): number;
}

export async function connectCounting(address: string): Promise<CountingClient> {
  let listCalls = 0;
  const interceptors: ConnectionOptions['interceptors'] = [
    makeGrpcRetryInterceptor(defaultGrpcRetryOptions()),
    (options, nextCall) => {
      if (options.method_definition.path.endsWith('/ListWorkflowExecutions')) listCalls += 1;
      return nextCall(options) as never;
    },
  ];
  const client = new Client({ connection: await Connection.connect({ address, interceptors }) });
  return {
    client,
    takeListCalls() {
      const taken = listCalls;
      listCalls = 0;
      return taken;
    },
  };
}

/** Starts a workflow for every clip, and waits until the server lists all of them. */
export async function fillVisibility(client: Client, clips: readonly Clip[]): Promise<void> {
  const before = await countRunning(client);
  for (let at = 0; at < clips.length; at += CONCURRENT_STARTS) {
    const batch = clips.slice(at, at + CONCURRENT_STARTS);
    await Promise.all(batch.map((clip) => startPatiently(client, clip)));
    if (at % PROGRESS_EVERY < CONCURRENT_STARTS) say(`${at} of ${clips.length} workflows started`);
  }
  while ((await countRunning(client)) < before + clips.length) await pause(500);
}

async function startPatiently(client: Client, clip: Clip): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await startClip(client, clip, { source: 'backfill', taskQueue: UNPOLLED_QUEUE });
      return;
    } catch (error) {
      if (tries === MAX_TRIES) throw error;
      await pause(PAUSE_MS);
    }
  }
}

async function countRunning(client: Client): Promise<number> {
  return (await client.workflow.count("ExecutionStatus = 'Running'")).count;
}
