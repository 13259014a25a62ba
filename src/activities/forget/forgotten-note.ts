import { forgottenKey } from '../../clip/forget/people.ts';
import { RECORD_OPTIONS } from '../compare-and-set-record.ts';
import type { Ports } from '../ports.ts';

export interface ForgottenNoteInput {
  userId: string;
}

/**
 * Notes that a person is forgotten. Returns after how many milliseconds every process knows, and starts no more clips.
 */
export const createNoteForgotten =
  ({ bucket, settings }: Pick<Ports, 'bucket' | 'settings'>) =>
  async ({ userId }: ForgottenNoteInput): Promise<number> => {
    const body = JSON.stringify({ Id: userId }, null, 2);
    await bucket.write(forgottenKey(userId), body, RECORD_OPTIONS);
    return settings.forgottenAfterMs;
  };

/** Removes the note that a person is forgotten. */
export const createRemoveForgotten =
  ({ bucket }: Pick<Ports, 'bucket'>) =>
  async ({ userId }: ForgottenNoteInput): Promise<void> => {
    await bucket.delete(forgottenKey(userId));
  };
