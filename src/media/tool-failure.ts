import type { ApplicationFailure } from '@temporalio/common';
import { serviceFailed } from '../errors.ts';

/**
 * A ServiceFailed, where ffmpeg or ffprobe ended for a reason that is none of the clip's: the program
 * could not be started, or something else than us killed it. Null where the clip is to blame.
 */
export function toolFailure(
  error: NodeJS.ErrnoException & { signal?: string | null },
  tool: 'ffmpeg' | 'ffprobe',
): ApplicationFailure | null {
  if (error.syscall?.startsWith('spawn')) {
    const advice = `install ffmpeg or set ${tool.toUpperCase()}_PATH`;
    return serviceFailed(`${tool} cannot be run (${error.code}): ${advice}`);
  }
  const killed = error.signal === 'SIGKILL' || error.message.includes('killed with signal SIGKILL');
  return killed ? serviceFailed(`${tool} was killed, perhaps for want of memory`) : null;
}
