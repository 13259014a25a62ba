import type { ApplicationFailure } from '@temporalio/common';
import { type createFfmpegCommand, toolFailure } from './run.ts';

/** `done` does not mean that there is a picture, because ffmpeg may exit with 0 without writing a picture. */
export type DecodeOutcome = 'done' | 'failed' | 'timed out';

/**
 * Runs ffmpeg, and kills it if the time is up or the signal aborts.
 * @throws ServiceFailed if ffmpeg cannot be run, or the signal's reason if the signal aborts. ffmpeg has always ended
 * before the error is thrown.
 */
export function runCommand(
  command: ReturnType<typeof createFfmpegCommand>,
  { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal },
): Promise<DecodeOutcome> {
  return new Promise((resolve, reject) => {
    let isTimedOut = false;
    const kill = (): void => void command.kill('SIGKILL');
    const timer = setTimeout(() => {
      isTimedOut = true;
      kill();
    }, timeoutMs);
    const settle = (outcome: 'done' | 'failed' | ApplicationFailure): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', kill);
      if (signal.aborted) reject(signal.reason as Error);
      else if (isTimedOut) resolve('timed out');
      else if (typeof outcome === 'string') resolve(outcome);
      else reject(outcome);
    };
    signal.addEventListener('abort', kill, { once: true });
    command
      // A kill has no effect before the child has started. If the kill came too early, repeat it now.
      .on('start', () => {
        if (signal.aborted || isTimedOut) kill();
      })
      .on('end', () => settle('done'))
      .on('error', (error: NodeJS.ErrnoException) =>
        settle(toolFailure(error, 'ffmpeg') ?? 'failed'),
      )
      .run();
  });
}
