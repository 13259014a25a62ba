import ffmpeg from 'fluent-ffmpeg';
import { limited } from './limited-command.ts';

// fluent-ffmpeg is archived upstream: this file alone imports it, and mends what is wrong with 2.1.3.

type Ended = (error: Error | null, stdout?: unknown, stderr?: unknown) => void;

interface Internals {
  _getArguments(): string[];
  _prepare(callback: (error: null, args: string[]) => void): void;
  _spawnFfmpeg(args: string[], options: object, started: unknown, ended: Ended): void;
}

const NO_LINES = { get: (): string => '' };

/**
 * A command of ffmpeg that works in `folder`, its memory limited, whose failures arrive as 'error'
 * events, all of them.
 */
export function tameFfmpeg(ffmpegPath: string, folder: string): ffmpeg.FfmpegCommand {
  const command = ffmpeg({ cwd: folder, stdoutLines: 20 } as ffmpeg.FfmpegCommandOptions);
  const internals = command as unknown as Internals;
  const spawn = internals._spawnFfmpeg.bind(command);
  // Where the child can't be started (no such program, no memory), it reads the child's output all the
  // same and throws a TypeError in an event handler, which ends the process.
  internals._spawnFfmpeg = (args, options, started, ended) =>
    spawn(args, options, started, (error, stdout, stderr) =>
      ended(error, stdout ?? NO_LINES, stderr ?? NO_LINES),
    );
  const [program, ...before] = limited(ffmpegPath);
  // It would run `ffmpeg -formats` and `-encoders` first, without a time limit, and reads their output
  // even where they failed. We know what we ask for.
  internals._prepare = (callback) => callback(null, [...before, ...internals._getArguments()]);
  return command.setFfmpegPath(program);
}
