import { execFile } from 'node:child_process';
import { basename, dirname } from 'node:path';
import { mediaUnreadable } from '../../errors.ts';
import type { Demuxer } from '../sniff.ts';
import {
  codecNotDecoded,
  inputLimits,
  limitedCommand,
  MAX_PIXELS,
  openOnly,
  refusedDecoders,
} from './limits.ts';
import { toolFailure } from './run.ts';

export interface ProbeOptions {
  demuxer: Demuxer;
  signal: AbortSignal;
  timeoutMs: number;
}

const MAX_OUTPUT_BYTES = 1024 * 1024;
/** How often ffprobe is repeated for one file. Each time, its messages may name other decoders. */
const MAX_RUNS = 4;

/** The output of ffprobe, or how it failed. `refused` are the decoders that it was not allowed to open. */
type Outcome = { output: string } | { refused: string[] };

/**
 * Runs ffprobe on a local file and returns its output. ffprobe decodes only with the decoders that clips need. If a
 * sound, subtitles or cover art need other decoders, ffprobe runs again and opens these decoders without decoding.
 * @param more arguments that say what to print
 * @throws MediaUnreadable (also if a video needs a decoder that may not be opened), ServiceFailed (ffprobe cannot be
 * run), and the signal's reason. ffprobe has always ended before the error is thrown.
 */
export async function runFfprobe(
  ffprobePath: string,
  file: string,
  more: readonly string[],
  { timeoutMs, ...options }: ProbeOptions,
): Promise<string> {
  const endsAt = performance.now() + timeoutMs;
  const opened = new Set<string>();
  let refused: string[] = [];
  for (let runs = 0; runs < MAX_RUNS; runs++) {
    const args = [...(opened.size > 0 ? openOnly([...opened]) : []), ...more];
    // For child_process a timeout of 0 means no timeout.
    const leftMs = Math.max(1, Math.ceil(endsAt - performance.now()));
    const outcome = await runOnce(ffprobePath, file, args, { ...options, timeoutMs: leftMs });
    if ('output' in outcome) return outcome.output;
    ({ refused } = outcome);
    if (refused.every((name) => opened.has(name))) break;
    for (const name of refused) opened.add(name);
  }
  throw codecNotDecoded(refused.at(-1) ?? 'unknown');
}

function runOnce(
  ffprobePath: string,
  file: string,
  more: readonly string[],
  { demuxer, signal, timeoutMs }: ProbeOptions,
): Promise<Outcome> {
  // Allow more pixels than ffmpeg may decode, so that the failure can say how many pixels the video has.
  const limits = inputLimits(demuxer, 4 * MAX_PIXELS);
  const [program, ...firstArgs] = limitedCommand(ffprobePath);
  const args = [
    ...firstArgs,
    ...['-v', 'error', '-threads', '1', ...limits],
    ...[...more, '-i', `file:${basename(file)}`],
  ];
  return new Promise<Outcome>((resolve, reject) => {
    const child = execFile(
      program,
      args,
      {
        cwd: dirname(file),
        timeout: timeoutMs,
        killSignal: 'SIGKILL',
        maxBuffer: MAX_OUTPUT_BYTES,
      },
      (error, stdout, stderr) => {
        signal.removeEventListener('abort', kill);
        if (signal.aborted) {
          reject(signal.reason as Error);
          return;
        }
        if (!error) {
          resolve({ output: stdout });
          return;
        }
        if (error.killed && error.signal === 'SIGKILL') {
          reject(mediaUnreadable('reading the video timed out'));
          return;
        }
        const failure = toolFailure(error as NodeJS.ErrnoException, 'ffprobe');
        const refused = refusedDecoders(stderr);
        if (failure === null && refused.length > 0) resolve({ refused });
        else reject(failure ?? mediaUnreadable('the file is not a readable video'));
      },
    );
    const kill = (): void => void child.kill('SIGKILL');
    signal.addEventListener('abort', kill, { once: true });
    if (signal.aborted) kill();
    child.stdin?.end();
  }).catch((error: unknown) => {
    // Node throws some failures to start a child, such as too little memory, instead of passing them to the callback.
    const isThrown = (error as NodeJS.ErrnoException).syscall !== undefined;
    throw (isThrown ? toolFailure(error as NodeJS.ErrnoException, 'ffprobe') : null) ?? error;
  });
}
