export { archiveClip } from './clip/workflow.ts';
export { backfill } from './backfill.ts';
export { sweep } from './sweep.ts';
