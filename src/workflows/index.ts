import { backfill } from './backfill.ts';
import { archiveClip } from './clip/workflow.ts';
import { sweep } from './sweep.ts';
import { createUnknownType } from './unknown-type.ts';

const unknownType = createUnknownType({ archiveClip, backfill, sweep });

export { archiveClip, backfill, sweep };
// Temporal's SDK runs the default export if no other export has the name of the workflow's type.
// eslint-disable-next-line no-restricted-exports
export { unknownType as default };
