import type { Client as Temporal } from '@temporalio/client';
import type { Config } from '../../config.ts';
import type { Get } from '../../discord/rest-client.ts';
import type { Logger } from '../../log.ts';
import type { EventQueue } from '../event-queue.ts';
import type { WatchedChannel, WatchedChannels } from '../watched-channels.ts';
import { createArchivedThreadsList } from './archived-threads.ts';
import { endSweep, isUnwatched, listRunningSweeps } from './end-sweeps.ts';
import { createSweeps, type Sweeps } from './sweeps.ts';

/** Creates the sweeps of this process. `sweepNow` makes a channel's sweep read the history now. */
export function connectSweeps({
  config,
  log,
  temporal,
  get,
  channels,
  queue,
  sweepNow,
}: {
  config: Config;
  log: Logger;
  temporal: Temporal;
  get: Get;
  channels: WatchedChannels;
  queue: EventQueue;
  sweepNow: (channel: WatchedChannel) => Promise<void>;
}): Sweeps {
  return createSweeps({
    channels,
    queue,
    log,
    sweepChannel: sweepNow,
    createArchivedThreadsList: (channelId) => createArchivedThreadsList(get, channelId, Date.now()),
    listRunningSweeps: () => listRunningSweeps(temporal, config.taskQueue),
    async endIfUnwatched(channelId) {
      if (!(await isUnwatched(get, config, channelId))) return;
      await endSweep(temporal, channelId);
      log.info({ channel: channelId }, 'ended the sweep of a channel that is no longer watched');
    },
  });
}
