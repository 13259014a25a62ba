import type { ApplicationFailure } from '@temporalio/common';
import { serviceFailed } from '../../errors.ts';

/**
 * A ServiceFailed, where ffmpeg or ffprobe ended for a reason that is none of the clip's: the program
 * could not be started, or something else than us killed it. Null where the clip is to blame.
 */
export function toolFailure(
  error: NodeJS.ErrnoException & { signal?: string | null },
  tool: 'ffmpeg' | 'ffprobe',
): ApplicationFailure | null {
  // The shell that sets the limits says with 126 and 127 that there is no such program.
  const exit = /^ffmpeg exited with code (\d+)/.exec(error.message)?.[1] ?? String(error.code);
  const shell = exit === '126' || exit === '127' ? exit : null;
  if (error.syscall?.startsWith('spawn') || shell) {
    const advice = `install ffmpeg or set ${tool.toUpperCase()}_PATH`;
    return serviceFailed(
      `${tool} cannot be run (${shell ? 'there is no such program' : error.code}): ${advice}`,
    );
  }
  const killed = error.signal === 'SIGKILL' || error.message.includes('killed with signal SIGKILL');
  return killed ? serviceFailed(`${tool} was killed, perhaps for want of memory`) : null;
}
