import { createArchiveHistoryPage } from './archive-history-page.ts';
import { createCancelClip } from './cancel-clip.ts';
import { createCheckChannel } from './check-channel.ts';
import { createPersist } from './persist.ts';
import type { Ports } from './ports.ts';
import { createRefetch } from './refetch.ts';
import { createSaveUser } from './save-user.ts';
import { createThumbnailActivity } from './thumbnail.ts';
import { createUnreadableLinkReport } from './links/unreadable-links.ts';

/**
 * Creates all activities from their ports. Workers register the activities, and workflows import their types.
 */
export function createActivities(ports: Ports) {
  const saveUser = createSaveUser(ports);
  const reportUnreadableLink = createUnreadableLinkReport(ports.metrics);
  return {
    persist: createPersist({ ...ports, reportUnreadableLink }),
    refetch: createRefetch({ ...ports, saveUser, reportUnreadableLink }),
    thumbnail: createThumbnailActivity(ports),
    saveUser,
    archiveHistoryPage: createArchiveHistoryPage(ports),
    checkChannel: createCheckChannel(ports),
    cancelClip: createCancelClip(ports),
  };
}

export type Activities = ReturnType<typeof createActivities>;
