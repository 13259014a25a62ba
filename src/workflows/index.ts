import { audit } from './audit/audit.ts';
import { auditChannel } from './audit/channel.ts';
import { backfill } from './backfill.ts';
import { archiveClip } from './clip/workflow.ts';
import { deletion } from './deletion.ts';
import { sweep } from './sweep.ts';
import { createUnknownType } from './unknown-type.ts';

const unknownType = createUnknownType({
  archiveClip,
  audit,
  auditChannel,
  backfill,
  deletion,
  sweep,
});

export { archiveClip, audit, auditChannel, backfill, deletion, sweep };
// Temporal's SDK runs the default export if no other export has the name of the workflow's type.
// eslint-disable-next-line no-restricted-exports
export { unknownType as default };
