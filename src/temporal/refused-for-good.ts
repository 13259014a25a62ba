import { GRPC_STATUS } from './grpc-status.ts';

/**
 * The refusals that can only mean that this clip or edit itself is too large. Temporal has the same code, invalid
 * argument, for a namespace that lacks a search attribute, which would refuse every clip until an operator registers it.
 * The texts are those of server 1.29.
 */
const TOO_LARGE: Partial<Record<number, RegExp>> = {
  [GRPC_STATUS.INVALID_ARGUMENT]:
    /^(Blob data size|Memo size|Input|WorkflowId length) exceeds (size )?limit/i,
  // The same code means that a rate limit is used up, which passes.
  [GRPC_STATUS.RESOURCE_EXHAUSTED]: /message (after (de)?compression )?larger than max/i,
};

/**
 * Returns why Temporal refuses a request that it would refuse again, or null if a retry may succeed. Such a
 * request is itself the problem: it is too large.
 */
export function reasonRefusedForGood(error: unknown): string | null {
  const { code, details } = statusOf(error);
  return TOO_LARGE[code]?.test(details) === true ? details : null;
}

/**
 * Returns why Temporal refuses a request as invalid, or null if it failed for another reason. The client's own message
 * does not say why.
 */
export function reasonRefused(error: unknown): string | null {
  const { code, details } = statusOf(error);
  return code === GRPC_STATUS.INVALID_ARGUMENT && details !== '' ? details : null;
}

function statusOf(error: unknown): { code: number; details: string } {
  const { cause } = error as { cause?: { code?: unknown; details?: unknown } };
  return {
    code: Number(cause?.code),
    details: typeof cause?.details === 'string' ? cause.details : '',
  };
}
