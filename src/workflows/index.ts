import { audit } from './audit/audit.ts';
import { auditChannel } from './audit/channel.ts';
import { backfill } from './backfill.ts';
import { archiveClip } from './clip/workflow.ts';
import { deletion } from './deletion.ts';
import { forgetUser, purgeChannel, purgeClip, rememberUser } from './forget/forget.ts';
import { sweep } from './sweep.ts';
import { tidyUserData } from './forget/tidy.ts';
import { createUnknownType } from './unknown-type.ts';

/**
 * Temporal's SDK records a stack trace for every promise of a workflow, for the query `__stack_trace`. With V8's ten
 * frames, this took a tenth of the worker's CPU time for a new clip. Five frames halve this time, and still name the
 * place at which a workflow waits (docs/performance.md). The SDK drops the first frame, and on Node 20 and 22 a second
 * one, which is Node's own. It recognizes the promises inside `Promise.race` by the first two lines and the start of a
 * third. So four frames would list each of those promises as a stack of its own.
 */
Error.stackTraceLimit = 5;

const unknownType = createUnknownType({
  archiveClip,
  audit,
  auditChannel,
  backfill,
  deletion,
  forgetUser,
  purgeChannel,
  purgeClip,
  rememberUser,
  sweep,
  tidyUserData,
});

export {
  archiveClip,
  audit,
  auditChannel,
  backfill,
  deletion,
  forgetUser,
  purgeChannel,
  purgeClip,
  rememberUser,
  sweep,
  tidyUserData,
};
// Temporal's SDK runs the default export if no other export has the name of the workflow's type.
// oxlint-disable-next-line no-restricted-exports
export { unknownType as default };
