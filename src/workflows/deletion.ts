import { setCurrentDetails, sleep } from '@temporalio/workflow';
import { checkDeletedPlace, type DeletedPlace } from '../clip/schemas/deleted-place.ts';
import { invalidInput } from '../errors.ts';
import { deletionActivities } from './proxies.ts';

export interface DeletionResult {
  /** How many clips ended as deleted or became unreachable, as far as they could be told. */
  told: number;
}

/**
 * When the deletion is applied again. By then, the workflows exist whose clips were found before the deletion, but
 * started after it.
 */
const REPEAT_AFTER = '2 minutes';

/**
 * Tells the clips of a deleted channel, thread or guild that their messages may be gone. Ingest starts this workflow
 * when the gateway reports the deletion, so nothing is lost if ingest is killed.
 * @throws InvalidInput if the input is invalid
 */
export async function deletion(input: DeletedPlace): Promise<DeletionResult> {
  const { value: place, fault } = checkDeletedPlace(input);
  if (place === null) {
    throw invalidInput(`the input of deletion is invalid (${fault}): let ingest report deletions`);
  }
  const { forwardDeletion } = deletionActivities();
  const first = await forwardDeletion({ place, isRepeat: false });
  setCurrentDetails(`told ${first.told} clips; repeats in ${REPEAT_AFTER}`);
  await sleep(REPEAT_AFTER, { summary: 'until the deletion is applied again' });
  const second = await forwardDeletion({ place, isRepeat: true });
  return { told: first.told + second.told };
}
