import type { Client } from 'discord.js';
import type { Metrics } from '../metrics.ts';

const EVERY_MS = 10_000;

/**
 * Tells the metrics, from time to time, when the gateway last acknowledged a heartbeat: unlike events those
 * come every 41 s in the quietest guild too. Returns a function that ends it.
 */
export function watchHeartbeats(
  discord: Pick<Client, 'ws'>,
  metrics: Pick<Metrics, 'gatewayHeartbeat'>,
  everyMs = EVERY_MS,
): () => void {
  const startedMs = Date.now();
  const look = () => {
    // -1 where none was acknowledged yet: the first heartbeat comes some time after the session began.
    const acknowledged = discord.ws.shards.map(({ lastPingTimestamp }) =>
      Math.max(lastPingTimestamp, startedMs),
    );
    if (acknowledged.length > 0) metrics.gatewayHeartbeat(Math.min(...acknowledged));
  };
  look();
  const timer = setInterval(look, everyMs);
  return () => {
    clearInterval(timer);
  };
}
