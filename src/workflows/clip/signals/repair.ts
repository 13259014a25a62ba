import { patched } from '@temporalio/workflow';
import type { ClipRepair } from '../../../clip/audit/repair.ts';
import type { ClipRun } from '../life.ts';

/**
 * Marks the record dirty, so that the loop writes it again. If the pictures are to be made again, the clip forgets them,
 * so that its record never names pictures that are missing in the bucket. Anybody with access to Temporal can send the
 * signal, so a malformed one only rewrites the record.
 */
export function takeRepair(run: ClipRun, repair: ClipRepair | null | undefined): void {
  // A worker of an older version ignored the signal. The replay of its history must ignore the signal too.
  if (!patched('repair')) return;
  const { life } = run;
  if (repair?.pictures === true && life.thumbnail !== undefined) {
    delete life.thumbnail;
    delete life.thumbnailHash;
    delete life.posterImage;
    delete life.posterImageHash;
    life.thumbnailTries = 0;
    run.thumbnailDue = true;
  }
  life.dirty = true;
}
