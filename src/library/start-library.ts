import type { Config } from '../config.ts';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { checkLibrarySettings } from './access.ts';
import { answerInvalidRequest, createLibrary } from './create-library.tsx';
import { startServer, type RunningServer } from './http/server.ts';
import type { LibraryParts } from './ports.ts';
import { watchCatalog } from './watch-catalog.ts';

/** The parts that other processes or other parts of this process make. The caller closes them after `stopped`. */
export type LibrarySources = Pick<LibraryParts, 'catalog' | 'bucket' | 'links'>;

/**
 * Starts the library. Neither the catalog nor Temporal nor the bucket has to answer yet.
 * @throws Error with one sentence if the settings don't fit together or the address can't be used
 */
export async function startLibrary(
  config: Config,
  log: Logger,
  metrics: Metrics,
  { catalog, bucket, links }: LibrarySources,
): Promise<RunningServer> {
  const settings = config.library;
  checkLibrarySettings(settings);
  const parts: LibraryParts = {
    catalog,
    bucket,
    links,
    settings,
    mediaHosts: config.mediaHosts,
    channelIds: [...config.channelIds, ...settings.channelIds],
    log,
    metrics,
    now: Date.now,
  };
  const app = createLibrary(parts);
  const server = await startServer(
    { fetch: (request) => app.fetch(request), onInvalid: () => answerInvalidRequest(parts) },
    settings.address,
  );
  const watch = watchCatalog(catalog, metrics);
  const { port } = server;
  log.info(`library serves ${settings.url ?? `http://${settings.address}`}`);
  return {
    port,
    stopped: server.stopped.finally(() => watch.stop()),
    stop() {
      watch.stop();
      metrics.ready(false);
      server.stop();
    },
  };
}
