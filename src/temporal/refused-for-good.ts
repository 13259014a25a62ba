import { GRPC_STATUS } from './grpc-status.ts';

/**
 * Returns why Temporal refuses a request that it would refuse again, or null if a retry may succeed. Such a
 * request is itself the problem: it is too large, or a value in it is invalid.
 */
export function reasonRefusedForGood(error: unknown): string | null {
  const { cause } = error as { cause?: { code?: unknown; details?: unknown } };
  const reason = typeof cause?.details === 'string' ? cause.details : 'invalid request';
  switch (cause?.code) {
    case GRPC_STATUS.INVALID_ARGUMENT:
      return reason;
    case GRPC_STATUS.RESOURCE_EXHAUSTED:
      // The same code means that a rate limit is used up, which passes.
      return /larger than max/i.test(reason) ? reason : null;
    default:
      return null;
  }
}
