/**
 * Runs the current workflows and saves their histories in test/histories, for the replay test. Histories are added,
 * never edited: an existing history stays as it is.
 *
 *     node --import ./scripts/typescript/register.mjs test/support/record-histories.ts SUFFIX [NAME ...]
 */
import { recordAudits, recordRepairs } from './histories/audit/audits.ts';
import { recordBackfills, recordSweeps } from './histories/channels.ts';
import { recordForwardedDeletions } from './histories/deletions.ts';
import { recordDetails } from './histories/details.ts';
import {
  recordEditsInFailingFetches,
  recordEditsInFetches,
  recordEditsWithoutAccess,
  recordOtherEdits,
} from './histories/edits.ts';
import {
  recordCancellations,
  recordDeletionAndMissingMessage,
  recordDeletions,
  recordThingsAtOnce,
} from './histories/endings.ts';
import { recordForgetting } from './histories/forgetting.ts';
import {
  recordContinuedFreshLinks,
  recordFreshLinks,
  recordFreshLinksInLocalWrites,
  recordFreshLinksInWritesInARow,
  recordRefusedFreshLinks,
} from './histories/fresh-links.ts';
import { recordLinks, recordLives } from './histories/lives.ts';
import { recordOutsideInputs } from './histories/outside.ts';
import { recordPlaces } from './histories/places.ts';
import { recordPosters } from './histories/posters.ts';
import { createRecorder } from './histories/recorder.ts';
import { recordLongRun, recordRuns } from './histories/runs.ts';
import { recordDeadStarts, recordStartSignals, recordStoredRecords } from './histories/starts.ts';
import { recordSlowStoryboards, recordStoryboards } from './histories/storyboards.ts';
import {
  recordRetriedThumbnails,
  recordSlowThumbnails,
  recordThumbnailsInFetches,
} from './histories/thumbnails.ts';
import { startTemporal } from './temporal.ts';

const [suffix = 'v1', ...names] = process.argv.slice(2);
const environment = await startTemporal();
const recorder = createRecorder(environment, { suffix, names });
try {
  await recordLives(recorder);
  await recordLinks(recorder);
  await recordDeadStarts(recorder);
  await recordStoredRecords(recorder);
  await recordStartSignals(recorder);
  await recordRetriedThumbnails(recorder);
  await recordSlowThumbnails(recorder);
  await recordThumbnailsInFetches(recorder);
  await recordStoryboards(recorder);
  await recordSlowStoryboards(recorder);
  await recordEditsInFetches(recorder);
  await recordEditsInFailingFetches(recorder);
  await recordEditsWithoutAccess(recorder);
  await recordOtherEdits(recorder);
  await recordDetails(recorder);
  await recordDeletions(recorder);
  await recordThingsAtOnce(recorder);
  await recordDeletionAndMissingMessage(recorder);
  await recordCancellations(recorder);
  await recordPosters(recorder);
  await recordRuns(recorder);
  await recordLongRun(recorder);
  await recordFreshLinks(recorder);
  await recordFreshLinksInLocalWrites(recorder);
  await recordFreshLinksInWritesInARow(recorder);
  await recordRefusedFreshLinks(recorder);
  await recordContinuedFreshLinks(recorder);
  await recordBackfills(recorder);
  await recordPlaces(recorder);
  await recordSweeps(recorder);
  await recordForwardedDeletions(recorder);
  await recordOutsideInputs(recorder);
  await recordAudits(recorder);
  await recordRepairs(recorder);
  await recordForgetting(recorder);
} finally {
  await environment.teardown();
}
process.exit(0);
