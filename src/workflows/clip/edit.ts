import { log, patched } from '@temporalio/workflow';
import { cutTexts } from '../../clip/schemas/cut-texts.ts';
import { isOfAnotherAttachment, isWebLink } from '../../clip/link.ts';
import {
  check,
  objectOf,
  optionalOf,
  textSchema,
  webLinkSchema,
} from '../../clip/schemas/basics.ts';
import { detailsSchema } from '../../clip/schemas/clip.ts';
import type { ClipEdit } from '../messages.ts';
import { isBetter } from './lease.ts';
import { forgetSuspicion, takeDetails, type Life } from './life.ts';

const editSchema = objectOf({
  description: textSchema,
  url: webLinkSchema,
  details: optionalOf(detailsSchema),
});

/**
 * Applies an edit of the message. The record becomes dirty only if the edit changes it. Anybody with access to Temporal
 * can send the signal, so a malformed one is ignored.
 */
export function takeEdit(life: Life, edit: ClipEdit): void {
  const { value, fault } = check(editSchema, edit);
  // In histories recorded before this patch, a signal took effect even if it had only one of the fields `description`
  // and `url`.
  if (fault !== null && patched('checked-edits')) {
    log.warn(`ignored a malformed signal "edited": ${fault}`);
    return;
  }
  const { description, url, details } = cutIfTooLong((value as ClipEdit | null) ?? edit);
  forgetSuspicion(life);
  if (details && takeDetails(life, details)) life.dirty = true;
  const { clip } = life;
  if (description !== clip.description) {
    clip.description = description;
    life.dirty = true;
  }
  if (isWebLink(url) && !isOfAnotherAttachment(url, clip.url) && isBetter(url, clip.url)) {
    clip.url = url;
    delete life.lastFetch;
    // An unreachable clip keeps the time at which it asks for access again. In histories recorded before this patch, it
    // waits until the new link must be refreshed.
    if (life.status !== 'unreachable' || !patched('keep-asking-for-access')) {
      life.nextRefreshMs = null;
    }
    life.dirty = true;
  }
}

/** In histories recorded before this patch, long texts were kept. */
function cutIfTooLong(edit: ClipEdit): ClipEdit {
  const short = cutTexts(edit);
  return short === edit || !patched('cut-texts') ? edit : short;
}
