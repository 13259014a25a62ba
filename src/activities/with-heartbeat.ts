import { Context } from '@temporalio/activity';

/**
 * Runs `task` and sends a heartbeat every `intervalMs`. With these heartbeats, the server notices within the heartbeat
 * timeout if the worker is killed.
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
