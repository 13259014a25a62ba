import type { Catalog } from '../catalog/catalog.ts';
import type { Config } from '../config.ts';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { createBucket } from '../store/bucket.ts';
import { connectionFault, openClient } from '../temporal/connect.ts';
import { createTemporalLinks } from './temporal-links.ts';
import { connectInBackground, type Connection } from './links-when-connected.ts';
import type { LibrarySources } from './start-library.ts';

export interface OpenSources extends LibrarySources {
  close(): Promise<void>;
}

/**
 * Opens what the library reads besides the catalog. Nothing has to answer yet: the library serves what it can, and
 * tries Temporal again until it answers.
 * @throws Error with one sentence if a setting is invalid
 */
export function openSources(config: Config, catalog: Catalog, log: Logger): OpenSources {
  const links = connectInBackground(
    () => connectLinks(config),
    (error) => {
      // If a setting is invalid, such as the path of a certificate, connectionFault fails like the connection.
      void connectionFault(error, config)
        .catch(() => error)
        .then((fault) =>
          log.warn(`${messageOf(fault)}; the library serves without fresh links and keeps trying`),
        );
    },
  );
  return {
    catalog,
    bucket: createBucket(config),
    links,
    /** Also closes the catalog. */
    async close() {
      await links.close();
      await catalog.close();
    },
  };
}

async function connectLinks(config: Config): Promise<Connection> {
  const client = await openClient(config);
  return { links: createTemporalLinks(client), close: () => client.connection.close() };
}
