import { isCancellation } from '@temporalio/workflow';
import type { WriteOutcome } from '../../activities/compare-and-set-record.ts';
import { LOCAL_ATTEMPTS, localActivities, patientActivities } from '../proxies.ts';
import type { ClipRun } from './clip-run.ts';
import { adopt, recordStateOf, writeAfter, type Life } from './life.ts';
import { publish } from './publish.ts';
import { startThumbnail } from './thumbnail.ts';

/** Writes the record as things stand, as a new revision; what changes meanwhile makes it dirty again. */
export async function saveRecord(run: ClipRun): Promise<void> {
  const { life } = run;
  life.dirty = false;
  life.revision += 1;
  const input = { state: recordStateOf(life), adopt: !life.recorded };
  const { refreshAtMs, ...outcome } = await localThenPatient(
    () => localActivities.persist({ ...input, earlierAttempts: 0 }),
    () => patientActivities.persist({ ...input, earlierAttempts: LOCAL_ATTEMPTS }),
  );
  life.nextRefreshMs ??= refreshAtMs;
  recorded(run, outcome);
}

/** To be called after each write of the record, with what it found in the bucket instead, if anything. */
export function recorded(run: ClipRun, { adopted, superseded }: WriteOutcome): void {
  const { life } = run;
  life.recorded = true;
  if (adopted) adopt(life, adopted);
  if (superseded !== undefined) writeAfter(life, superseded);
  if (life.status === 'archiving') startThumbnail(run);
  publish(life);
}

/** User data is its own object: it holds up neither the record nor the clip's end. */
export async function savePoster(life: Life): Promise<void> {
  const { poster } = life.clip;
  try {
    await localThenPatient(
      () => localActivities.saveUser({ poster }),
      () => patientActivities.saveUser({ poster }),
    );
    life.userSaved = true;
  } catch (error) {
    if (!isCancellation(error)) throw error;
  }
}

/** Not async: in the sandbox every promise costs a stack trace. */
const localThenPatient = <T>(local: () => Promise<T>, patient: () => Promise<T>): Promise<T> =>
  local().catch((error: unknown) => {
    if (isCancellation(error)) throw error;
    return patient();
  });
