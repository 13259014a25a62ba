import { createAuditPage } from './audit/audit-page.ts';
import { createCheckRepairs } from './audit/check-repairs.ts';
import { createFindAuditScopes, createListAuditPlaces } from './audit/list-places.ts';
import { createRetireChannels } from './audit/retire-channels.ts';
import { createSaveAudit } from './audit/save-audit.ts';
import { createArchiveHistoryPage } from './archive-history-page.ts';
import { createCancelClip } from './cancel-clip.ts';
import { createChannelSaver, type SaveChannel } from './channel-saver.ts';
import { createCheckChannel } from './check-channel.ts';
import { createForwardDeletion } from './deletions/forward-deletion.ts';
import { createListPlaces } from './places/list-places.ts';
import { createBuryClips } from './forget/bury-clips.ts';
import { createReadAhead } from './history/read-ahead.ts';
import { createDeleteOwnExecution } from './forget/delete-own-execution.ts';
import { createFindClips } from './forget/find-clips.ts';
import { createNoteForgotten, createRemoveForgotten } from './forget/forgotten-note.ts';
import { createRecentClips } from './forget/recent-clips.ts';
import { createRemoveUserData } from './forget/remove-user-data.ts';
import { createPersist } from './persist.ts';
import { createStoryboardActivity } from './pictures/storyboard.ts';
import type { Ports } from './ports.ts';
import { createRefetch } from './refetch.ts';
import { createUserSaver } from './save-user.ts';
import { createThumbnailActivity } from './thumbnail.ts';
import { createUnreadableLinkReport } from './links/unreadable-links.ts';

/**
 * Creates all activities from their ports. Workers register the activities, and workflows import their types.
 * `saveChannel` is the saver of channels that the process already has.
 */
export function createActivities(
  ports: Ports,
  saveChannel: SaveChannel = createChannelSaver(ports),
) {
  const { saveUser, isSaved, forgetSaved } = createUserSaver(ports);
  const readAhead = createReadAhead(ports.discord);
  const reportUnreadableLink = createUnreadableLinkReport(ports.metrics);
  const recentClips = createRecentClips();
  return {
    persist: createPersist({
      ...ports,
      saveChannel,
      reportUnreadableLink,
      recentClips,
      isUserSaved: isSaved,
    }),
    refetch: createRefetch({ ...ports, saveUser, saveChannel, reportUnreadableLink }),
    thumbnail: createThumbnailActivity({ ...ports, recentClips }),
    storyboard: createStoryboardActivity({ ...ports, recentClips }),
    saveUser,
    archiveHistoryPage: createArchiveHistoryPage({ ...ports, saveChannel, readAhead }),
    archiveSearchPage: createArchiveHistoryPage({ ...ports, saveChannel, readAhead }, 'search'),
    checkChannel: createCheckChannel(ports),
    listPlaces: createListPlaces(ports),
    cancelClip: createCancelClip(ports),
    forwardDeletion: createForwardDeletion(ports),
    findAuditScopes: createFindAuditScopes(ports),
    listAuditPlaces: createListAuditPlaces(ports),
    auditPage: createAuditPage(ports),
    checkRepairs: createCheckRepairs(ports),
    saveAudit: createSaveAudit(ports),
    retireChannels: createRetireChannels(ports),
    deleteOwnExecution: createDeleteOwnExecution(ports),
    findClips: createFindClips(ports),
    buryClips: createBuryClips(ports),
    removeUserData: createRemoveUserData(ports, forgetSaved),
    noteForgotten: createNoteForgotten(ports),
    removeForgotten: createRemoveForgotten(ports),
  };
}

export type Activities = ReturnType<typeof createActivities>;
