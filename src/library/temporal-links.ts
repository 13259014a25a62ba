import type { Client } from '@temporalio/client';
import { messageOf } from '../errors.ts';
import { createLinkSource, NoFreshLink } from './link-source.ts';
import type { FreshLinkAnswer, LinkSource } from './ports.ts';

const MS_PER_SECOND = 1000;

/** Asks the workflows of clips for links, and answers with values instead of errors. */
export function createTemporalLinks(client: Client): LinkSource {
  const source = createLinkSource(client);
  return {
    async freshLink(clipId, { minMinutes, timeoutMs }) {
      try {
        const signal = signalIn(timeoutMs);
        const { url, expiresAt } = await source.freshLink(clipId, { minMinutes }, { signal });
        return { kind: 'link', url, expiresAtMs: expiresAt && expiresAt * MS_PER_SECOND };
      } catch (error) {
        return answerOf(error);
      }
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
