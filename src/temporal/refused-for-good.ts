import { GRPC_STATUS } from './grpc-status.ts';

/**
 * The texts of refusals that can only mean that the clip or the edit is too large. Temporal uses the same code, invalid
 * argument, if the namespace lacks a search attribute. Temporal then refuses every clip until an operator registers the
 * attribute. The texts are those of server 1.29.
 */
const TOO_LARGE: Partial<Record<number, RegExp>> = {
  [GRPC_STATUS.INVALID_ARGUMENT]:
    /^(Blob data size|Memo size|Input|WorkflowId length) exceeds (size )?limit/i,
  // Temporal uses the same code if a rate limit is used up, which is temporary.
  [GRPC_STATUS.RESOURCE_EXHAUSTED]: /message (after (de)?compression )?larger than max/i,
};

/**
 * Returns why Temporal would refuse the request on every retry, or null if a retry may succeed. Temporal refuses such a
 * request because the request is too large.
 */
export function reasonRefusedForGood(error: unknown): string | null {
  const { code, details } = statusOf(error);
  return TOO_LARGE[code]?.test(details) === true ? details : null;
}

/**
 * Returns why Temporal refuses a request as invalid, or null if the request failed for another reason. The client's own
 * message does not say why.
 */
export function reasonRefused(error: unknown): string | null {
  const { code, details } = statusOf(error);
  return code === GRPC_STATUS.INVALID_ARGUMENT && details !== '' ? details : null;
}

function statusOf(error: unknown): { code: number; details: string } {
  // The client's methods wrap the server's error in an error of their own. A direct call to the gRPC service throws the
  // server's error itself.
  const { cause } = error as { cause?: unknown };
  const { code, details } = (cause ?? error) as { code?: unknown; details?: unknown };
  return { code: Number(code), details: typeof details === 'string' ? details : '' };
}
