export { archiveClip } from './archive-clip.ts';
export { backfill } from './backfill.ts';
export { sweep } from './sweep.ts';
