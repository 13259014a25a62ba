import type { ApplicationFailure } from '@temporalio/common';
import ffmpeg from 'fluent-ffmpeg';
import { serviceFailed } from '../../errors.ts';
import { limitedCommand } from './limits.ts';
import { countSandboxFault } from './sandbox/sandbox.ts';

// fluent-ffmpeg is archived upstream. Only this file imports fluent-ffmpeg, and this file works around the bugs of
// fluent-ffmpeg 2.1.3.
// https://github.com/fluent-ffmpeg/node-fluent-ffmpeg

type EndCallback = (error: Error | null, stdout?: unknown, stderr?: unknown) => void;

/** The internals of fluent-ffmpeg that are replaced here. */
interface Internals {
  _getArguments(): string[];
  _prepare(callback: (error: null, args: string[]) => void): void;
  _spawnFfmpeg(args: string[], options: object, onStart: unknown, onEnd: EndCallback): void;
}

const NO_LINES = { get: (): string => '' };
/** How many lines of ffmpeg's output to keep. */
const MAX_OUTPUT_LINES = 20;

/** The exit codes of a shell that could not run a program. */
const SHELL_FAULTS: Record<string, string> = { 126: 'not executable', 127: 'program not found' };

/** Matches the messages of the programs that create the sandbox. */
const SANDBOX_FAULT = /^(?:ffmpeg exited with code \d+: )?(?:unshare|mount|setpriv): /m;

/**
 * If SIGKILL ends the program in the sandbox, unshare(1) of util-linux 2.38 cannot end itself in the same way. It prints
 * this message instead, which is not a failure of the sandbox.
 */
const KILLED_IN_SANDBOX = /^(?:ffmpeg exited with code \d+: )?unshare: sigprocmask /m;

/** Creates an ffmpeg command with limits, which runs in `folder`. Every failure becomes an 'error' event. */
export function createFfmpegCommand(ffmpegPath: string, folder: string): ffmpeg.FfmpegCommand {
  const options = { cwd: folder, stdoutLines: MAX_OUTPUT_LINES } as ffmpeg.FfmpegCommandOptions;
  const command = ffmpeg(options);
  const internals = command as unknown as Internals;
  const spawn = internals._spawnFfmpeg.bind(command);
  // If the child cannot be started, fluent-ffmpeg still reads the child's output. This throws a TypeError
  // in an event handler, which would end the process.
  internals._spawnFfmpeg = (args, spawnOptions, onStart, onEnd) => {
    try {
      spawn(args, spawnOptions, onStart, (error, stdout, stderr) =>
        onEnd(error, stdout ?? NO_LINES, stderr ?? NO_LINES),
      );
    } catch (error) {
      // Node throws some failures to start a child, such as too little memory, instead of sending an 'error' event.
      onEnd(error as Error, NO_LINES, NO_LINES);
    }
  };
  const [program, ...firstArgs] = limitedCommand(ffmpegPath);
  // Replace fluent-ffmpeg's checks. These checks would run `ffmpeg -formats` and `ffmpeg -encoders` without a timeout.
  // They would read the output even if the run failed.
  internals._prepare = (callback) => callback(null, [...firstArgs, ...internals._getArguments()]);
  return command.setFfmpegPath(program);
}

/**
 * Returns a ServiceFailed if the clip did not cause the tool's failure: the tool could not be started, or it was killed
 * from outside. Returns null if the clip caused the failure. A failure of the sandbox is counted, so that the sandbox is
 * tried out again.
 */
export function toolFailure(
  error: NodeJS.ErrnoException & { signal?: string | null },
  tool: 'ffmpeg' | 'ffprobe',
): ApplicationFailure | null {
  const exitCode = /^ffmpeg exited with code (\d+)/.exec(error.message)?.[1] ?? String(error.code);
  const fault = error.syscall?.startsWith('spawn') ? error.code : SHELL_FAULTS[exitCode];
  if (fault !== undefined) {
    const setting = `${tool.toUpperCase()}_PATH`;
    return serviceFailed(`${tool} cannot be run (${fault}): install ffmpeg or set ${setting}`);
  }
  const isKilled =
    error.signal === 'SIGKILL' ||
    error.message.includes('killed with signal SIGKILL') ||
    KILLED_IN_SANDBOX.test(error.message);
  if (!isKilled && SANDBOX_FAULT.test(error.message)) {
    countSandboxFault();
    return serviceFailed(`${tool} cannot be run in its sandbox: run npm run doctor`);
  }
  return isKilled ? serviceFailed(`${tool} was killed, probably out of memory`) : null;
}
