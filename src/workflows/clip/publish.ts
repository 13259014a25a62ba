import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import { leaseOf } from '../../clip/lease.ts';
import { clipState, linkExpiresAt } from '../../clip/search-attributes.ts';
import { detailsOf } from '../details.ts';
import type { Life } from './life.ts';

/** Shows people how the clip is: current details always, search attributes (an event each) only when they changed. */
export function publish(life: Life): void {
  setCurrentDetails(detailsOf(life));
  const expiresAt = leaseOf(life.clip.url)?.expiresAt ?? null;
  const stateChanged = life.status !== life.published.status;
  const leaseChanged = expiresAt !== life.published.expiresAt;
  if (!stateChanged && !leaseChanged) return;
  life.published = { status: life.status, expiresAt };
  upsertSearchAttributes([
    ...(stateChanged ? [{ key: clipState, value: life.status }] : []),
    ...(leaseChanged
      ? [{ key: linkExpiresAt, value: expiresAt === null ? null : new Date(expiresAt * 1000) }]
      : []),
  ]);
}
