import { requireToken, type Config } from './config.ts';
import type { Logger } from './log.ts';
import type { Metrics } from './metrics.ts';
import { createGet, type Get } from './discord/rest-client.ts';

/** Creates the client of Discord's REST API for this process, which the worker and ingest share. */
export function connectDiscord(config: Config, log: Logger, metrics: Metrics): Get {
  return createGet({
    token: requireToken(config),
    apiUrl: config.discordApiUrl,
    requestsPerSecond: config.discordRequestsPerSecond,
    log,
    metrics,
  });
}
