import type { Client } from 'discord.js';
import type { Metrics } from '../metrics.ts';

const INTERVAL_MS = 10_000;

/**
 * Regularly reports to the metrics the time of the last heartbeat that the gateway acknowledged. In a quiet guild there
 * may be no events, but heartbeats are still exchanged. Discord's interval is 41 s. Returns a function that stops the
 * reports.
 */
export function watchHeartbeats(
  discord: Pick<Client, 'ws'>,
  metrics: Pick<Metrics, 'gatewayHeartbeat'>,
  intervalMs = INTERVAL_MS,
): () => void {
  const startedMs = Date.now();
  function report(): void {
    // discord.js reports -1 until the first acknowledgement, which arrives some time after the session has
    // started.
    const acknowledgedMs = discord.ws.shards.map(({ lastPingTimestamp }) =>
      Math.max(lastPingTimestamp, startedMs),
    );
    if (acknowledgedMs.length > 0) metrics.gatewayHeartbeat(Math.min(...acknowledgedMs));
  }
  report();
  const timer = setInterval(report, intervalMs);
  return () => {
    clearInterval(timer);
  };
}
