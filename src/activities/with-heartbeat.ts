import { Context } from '@temporalio/activity';

/**
 * Runs `task` and sends a heartbeat every `intervalMs`. With these heartbeats, the server notices within the heartbeat
 * timeout if the worker is killed. Each
 * heartbeat replaces the details of the one before it, so every heartbeat repeats `details`.
 */
export async function withHeartbeat<T>(
  intervalMs: number,
  task: () => Promise<T>,
  details?: unknown,
): Promise<T> {
  const { heartbeat } = Context.current();
  const timer = setInterval(() => {
    heartbeat(details);
  }, intervalMs);
  try {
    return await task();
  } finally {
    clearInterval(timer);
  }
}
