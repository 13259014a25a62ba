import { Context } from '@temporalio/activity';

/**
 * Runs `task` and sends a heartbeat every `intervalMs`. With these heartbeats, the server notices within the heartbeat
 * timeout if the worker is killed. Each heartbeat replaces the details of the heartbeat before it. An earlier attempt
 * may have left details for this attempt, so every heartbeat repeats these details, unless `progressOf` returns newer
 * ones.
 */
export async function withHeartbeat<T>(
  intervalMs: number,
  task: () => Promise<T>,
  progressOf?: () => unknown,
): Promise<T> {
  const { heartbeat, info } = Context.current();
  const timer = setInterval(() => {
    heartbeat(progressOf ? progressOf() : info.heartbeatDetails);
  }, intervalMs);
  try {
    return await task();
  } finally {
    clearInterval(timer);
  }
}
