import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import {
  isGrpcServiceError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  type Client,
} from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import { workflowIdOfClip } from '../clip/names.ts';
import type { ClipStatus } from '../clip/state.ts';
import { isFailure, messageOf, retryTimeIn } from '../errors.ts';
import { GRPC_STATUS } from '../temporal/grpc-status.ts';
import {
  clipQuery,
  freshLinkUpdate,
  type FreshLink,
  type FreshLinkInput,
} from '../workflows/messages.ts';

/** No call to Temporal takes longer than this, in milliseconds, even if the caller never aborts the call. */
const MAX_CALL_MS = 10_000;

/** The pause before a server that could not be reached is asked again, in milliseconds. */
const RETRY_MS = 100;

/**
 * Why there is no fresh link:
 * - `gone`: the clip was deleted
 * - `unreachable`: the bot has no access, a refresh failed, or an operator stopped the clip
 * - `busy`: Temporal or the clip's workflow did not answer in time, Temporal refuses more updates of this clip, or a
 *   worker of an older version runs the workflow and doesn't know the update
 * - `unknown`: Temporal knows no such clip
 */
export type NoLinkReason = 'gone' | 'unreachable' | 'busy' | 'unknown';

/** There is no fresh link of a clip. The message contains no secret. */
export class NoFreshLink extends Error {
  override name = 'NoFreshLink';
  readonly reason: NoLinkReason;
  /** From when on the clip may ask Discord again, epoch milliseconds; null if not known. */
  readonly retryAtMs: number | null;

  constructor(
    message: string,
    { reason, retryAtMs = null }: { reason: NoLinkReason; retryAtMs?: number | null },
  ) {
    super(message);
    this.reason = reason;
    this.retryAtMs = retryAtMs;
  }
}

export interface DescribedClip {
  channelId: string;
  guildId: string | null;
  status: ClipStatus;
  /** Discord's link. Never log it, because the link is a secret. */
  url: string;
}

interface CallOptions {
  signal: AbortSignal;
}

/** Creates functions that ask the workflows of clips. Ids are the ids of clips, without the prefix of a workflow's id. */
export function createLinkSource(client: Client) {
  /**
   * Returns a link that is valid for at least `minMinutes`, or the clip's best link if Discord has just returned a link
   * that is valid for a shorter time. Two calls with the same `updateId` wait for the same update. While no server can be
   * reached, the call tries again until `signal` is aborted.
   * @throws NoFreshLink if there is no such link, or if `signal` is aborted first
   */
  async function freshLink(
    clipId: string,
    input: FreshLinkInput,
    { signal, updateId = randomUUID() }: CallOptions & { updateId?: string },
  ): Promise<FreshLink> {
    const handle = client.workflow.getHandle(workflowIdOfClip(clipId));
    const args: [FreshLinkInput] = [input];
    const deadlineMs = Date.now() + MAX_CALL_MS;
    for (;;) {
      try {
        const request = () => handle.executeUpdate(freshLinkUpdate, { args, updateId });
        return await call(signal, request, deadlineMs);
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) throw await reasonOfEnd(clipId, signal);
        if (error instanceof WorkflowUpdateFailedError) throw refusalIn(error);
        const mayRetry = !signal.aborted && Date.now() + RETRY_MS < deadlineMs;
        if (!mayRetry || !isUnavailable(error)) throw busy(error);
      }
      // A server that starts again is back within seconds.
      await pause(RETRY_MS);
    }
  }

  /**
   * Returns what the clip's workflow knows, or null if Temporal knows no such workflow. A workflow that has ended answers
   * until Temporal deletes its history.
   * @throws NoFreshLink if Temporal or the workflow does not answer, or if `signal` is aborted first
   */
  async function describeClip(
    clipId: string,
    { signal }: CallOptions,
  ): Promise<DescribedClip | null> {
    const handle = client.workflow.getHandle(workflowIdOfClip(clipId));
    try {
      const { clip, status } = await call(signal, () => handle.query(clipQuery));
      const { channelId, guildId, url } = clip;
      return { channelId, guildId, status, url };
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return null;
      throw busy(error);
    }
  }

  /** A workflow that has ended takes no updates, but still answers queries. */
  async function reasonOfEnd(clipId: string, signal: AbortSignal): Promise<NoFreshLink> {
    const described = await describeClip(clipId, { signal });
    if (described === null) {
      return new NoFreshLink('Temporal knows no such clip', { reason: 'unknown' });
    }
    const { status } = described;
    const reason = status === 'deleted' ? 'gone' : 'unreachable';
    return new NoFreshLink(`the clip's workflow has ended; the clip is ${status}`, { reason });
  }

  async function call<T>(
    signal: AbortSignal,
    request: () => Promise<T>,
    deadlineMs = Date.now() + MAX_CALL_MS,
  ): Promise<T> {
    // The SDK ignores a signal that is aborted already, or that is aborted between two attempts of a request.
    if (signal.aborted) throw tookTooLong();
    const ended = new AbortController();
    const aborted = new Promise<never>((_resolve, reject) => {
      const options = { once: true, signal: ended.signal };
      signal.addEventListener('abort', () => reject(tookTooLong()), options);
    });
    const called = client.withDeadline(deadlineMs, () => client.withAbortSignal(signal, request));
    try {
      return await Promise.race([called, aborted]);
    } finally {
      ended.abort();
    }
  }

  return { freshLink, describeClip };
}

/** Translates the failure with which the clip refused or ended an update. */
function refusalIn({ cause }: WorkflowUpdateFailedError): NoFreshLink {
  return new NoFreshLink(messageOf(cause), {
    reason: reasonOf(cause),
    retryAtMs: retryTimeIn(cause),
  });
}

/** Only the clip's own failures say something about the clip. Others say that the worker can't answer now. */
function reasonOf(failure: unknown): NoLinkReason {
  if (isFailure(failure, 'MessageGone')) return 'gone';
  const isOfClip = isFailure(failure, 'AccessLost') || isFailure(failure, 'LinkUnavailable');
  return isOfClip ? 'unreachable' : 'busy';
}

function busy(error: unknown): NoFreshLink {
  if (error instanceof NoFreshLink) return error;
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return tookTooLong();
  const { cause } = error as { cause?: unknown };
  return new NoFreshLink(messageOf(cause ?? error), { reason: 'busy' });
}

function isUnavailable(error: unknown): boolean {
  const { cause } = error as { cause?: unknown };
  return isGrpcServiceError(cause) && (cause.code as number) === GRPC_STATUS.UNAVAILABLE;
}

function tookTooLong(): NoFreshLink {
  return new NoFreshLink('the clip did not answer in time', { reason: 'busy' });
}
