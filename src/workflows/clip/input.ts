import * as v from 'valibot';
import { patched } from '@temporalio/workflow';
import type { Clip } from '../../clip/clip.ts';
import { check, objectOf } from '../../clip/schemas/basics.ts';
import { checkClip } from '../../clip/schemas/clip.ts';
import { cutTexts } from '../../clip/schemas/cut-texts.ts';
import { ENDED_STATUSES, type StartOptions } from '../../clip/state.ts';
import { invalidInput } from '../../errors.ts';
import { isContinued, rejectCarried, rejectInput } from '../inputs.ts';

/** The unchecked input of archiveClip. Anybody with access to Temporal may have written it. */
interface ClipInput {
  clip: Clip;
  carried: unknown;
  options: StartOptions | null | undefined;
}

const optionsSchema = v.nullish(
  objectOf({
    restarts: v.optional(v.array(v.picklist(ENDED_STATUSES, 'is unknown'))),
    fromRecord: v.optional(v.literal(true, 'is not true')),
  }),
);

const ADVICE = "run a backfill of the clip's channel instead of starting archiveClip by hand";

/**
 * Returns the clip without unknown fields, and the options.
 * @throws InvalidInput with one sentence if the input is invalid
 */
export function checkInput({
  clip,
  carried,
  options,
}: ClipInput): Required<Pick<StartOptions, 'restarts'>> & { clip: Clip; fromRecord: boolean } {
  const missing = missingFields(clip);
  if (missing.length > 0) {
    throw invalidInput(`the input of archiveClip lacks ${missing.join(', ')}: ${ADVICE}`);
  }
  const unchecked = {
    clip,
    restarts: options?.restarts ?? [],
    fromRecord: options?.fromRecord ?? false,
  };
  if (isContinued()) return unchecked;
  const checked = checkClip(clip);
  if (checked.fault !== null) {
    rejectInput(`the input of archiveClip is invalid (${checked.fault}): ${ADVICE}`);
  }
  const { fault } = check(optionsSchema, options);
  if (fault !== null)
    rejectInput(`the third input of archiveClip is invalid (${fault}): ${ADVICE}`);
  rejectCarried('archiveClip', carried);
  return { ...unchecked, clip: cutIfTooLong(checked.value ?? clip) };
}

/**
 * Returns the names of the missing fields. This check is older than the patch in `rejectInput`, so this check needs no
 * patch.
 */
function missingFields(clip: Partial<Clip> | null | undefined): string[] {
  const required = ['messageId', 'attachmentId', 'channelId', 'url', 'filename', 'poster'] as const;
  return required.filter((name) => !clip?.[name]);
}

/** In histories recorded before this patch, long texts were kept. */
function cutIfTooLong(clip: Clip): Clip {
  const short = cutTexts(clip);
  return short === clip || !patched('cut-texts') ? clip : short;
}
