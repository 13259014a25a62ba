import { Context } from '@temporalio/activity';

/**
 * Runs `task` and sends a heartbeat every `intervalMs`. If the worker is killed, the server therefore notices within
 * the heartbeat timeout.
 */
export async function withHeartbeat<T>(intervalMs: number, task: () => Promise<T>): Promise<T> {
  const { heartbeat } = Context.current();
  const timer = setInterval(heartbeat, intervalMs);
  try {
    return await task();
  } finally {
    clearInterval(timer);
  }
}
