import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { BoundedMap } from '../bounded-map.ts';
import { messageOf } from '../errors.ts';
import { createLinkSource, NoFreshLink } from './link-source.ts';
import type { FreshLinkAnswer, LinkSource } from './ports.ts';

const MS_PER_SECOND = 1000;

/**
 * While a clip does not answer, asking again waits for the same update for this long, in milliseconds. Otherwise, each
 * reader of a slow clip would give the workflow one more update to answer. The time is short, because the link in the
 * answer to an old update may have expired.
 */
const UPDATE_KEPT_MS = 10_000;
const MAX_KEPT_UPDATES = 10_000;

/** Asks the workflows of clips for links, and answers with values instead of errors. */
export function createTemporalLinks(client: Client): LinkSource {
  const source = createLinkSource(client);
  const updates = new BoundedMap<string, { updateId: string; untilMs: number }>(
    MAX_KEPT_UPDATES,
    ({ untilMs }) => untilMs <= performance.now(),
  );

  function updateOf(clipId: string): string {
    const kept = updates.get(clipId);
    if (kept !== undefined && kept.untilMs > performance.now()) return kept.updateId;
    const updateId = randomUUID();
    updates.set(clipId, { updateId, untilMs: performance.now() + UPDATE_KEPT_MS });
    return updateId;
  }

  async function ask(
    clipId: string,
    { minMinutes, timeoutMs }: Parameters<LinkSource['freshLink']>[1],
  ): Promise<FreshLinkAnswer> {
    const options = { signal: signalIn(timeoutMs), updateId: updateOf(clipId) };
    try {
      const { url, expiresAt } = await source.freshLink(clipId, { minMinutes }, options);
      return { kind: 'link', url, expiresAtMs: expiresAt && expiresAt * MS_PER_SECOND };
    } catch (error) {
      return answerOf(error);
    }
  }

  return {
    async freshLink(clipId, options) {
      const answer = await ask(clipId, options);
      if (answer.kind !== 'busy') updates.delete(clipId);
      return answer;
    },
    async describeClip(clipId, { timeoutMs }) {
      try {
        const signal = signalIn(timeoutMs);
        const clip = await source.describeClip(clipId, { signal });
        return clip === null ? { kind: 'unknown' } : { kind: 'clip', clip };
      } catch (error) {
        return { kind: 'busy', reason: messageOf(error) };
      }
    },
  };
}

/** `AbortSignal.timeout` throws if it gets a fraction, and callers compute the time that is left. */
function signalIn(timeoutMs: number): AbortSignal {
  return AbortSignal.timeout(Math.ceil(timeoutMs));
}

function answerOf(error: unknown): FreshLinkAnswer {
  const { message: reason } = error as Error;
  if (!(error instanceof NoFreshLink)) return { kind: 'busy', reason: messageOf(error) };
  const { retryAtMs } = error;
  if (error.reason === 'unreachable') return { kind: 'unreachable', reason, retryAtMs };
  if (error.reason === 'busy') return { kind: 'busy', reason };
  return { kind: error.reason };
}
