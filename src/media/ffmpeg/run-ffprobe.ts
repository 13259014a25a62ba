import { execFile } from 'node:child_process';
import { basename, dirname } from 'node:path';
import { mediaUnreadable } from '../../errors.ts';
import { limited } from './limited-command.ts';
import { inputLimits, MAX_PIXELS } from './limits.ts';
import type { Demuxer } from '../sniff.ts';
import { toolFailure } from './tool-failure.ts';

export interface ProbeOptions {
  demuxer: Demuxer;
  signal: AbortSignal;
  timeoutMs: number;
}

const MAX_OUTPUT_BYTES = 1024 * 1024;

/**
 * What ffprobe says of a local file, as JSON; `entries` names what is asked for.
 * @throws MediaUnreadable, ServiceFailed (no ffprobe), and the signal's reason; the child is dead by then
 */
export function runFfprobe(
  ffprobePath: string,
  file: string,
  entries: string,
  { demuxer, signal, timeoutMs }: ProbeOptions,
): Promise<string> {
  // More than ffmpeg may decode, for then we can say how large the video is.
  const limits = inputLimits(demuxer, 4 * MAX_PIXELS);
  const args = ['-v', 'quiet', '-threads', '1', ...limits, '-show_entries', entries];
  const [program, ...before] = limited(ffprobePath);
  return new Promise((resolve, reject) => {
    const child = execFile(
      program,
      [...before, ...args, '-of', 'json', '-i', `file:${basename(file)}`],
      {
        ...{ cwd: dirname(file), timeout: timeoutMs, killSignal: 'SIGKILL' },
        maxBuffer: MAX_OUTPUT_BYTES,
      },
      (error, stdout) => {
        signal.removeEventListener('abort', kill);
        if (signal.aborted) reject(signal.reason as Error);
        else if (!error) resolve(stdout);
        else if (error.killed && error.signal === 'SIGKILL')
          reject(mediaUnreadable('the video takes too long to read'));
        else
          reject(
            toolFailure(error as NodeJS.ErrnoException, 'ffprobe') ??
              mediaUnreadable('the file is no video that can be read'),
          );
      },
    );
    const kill = (): void => void child.kill('SIGKILL');
    signal.addEventListener('abort', kill, { once: true });
    if (signal.aborted) kill();
    child.stdin?.end();
  });
}
