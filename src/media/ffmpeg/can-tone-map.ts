import { execFile } from 'node:child_process';

const known = new Map<string, Promise<boolean | null>>();
const TIMEOUT_MS = 5000;

/**
 * True where this ffmpeg has what tone mapping takes; asked when the first HDR clip comes, and again
 * until it answers: on a busy machine it may not, and that is no answer for ever.
 */
export async function canToneMap(ffmpegPath: string): Promise<boolean> {
  const asked = known.get(ffmpegPath) ?? ask(ffmpegPath);
  known.set(ffmpegPath, asked);
  const answer = await asked;
  if (answer === null && known.get(ffmpegPath) === asked) known.delete(ffmpegPath);
  return answer ?? false;
}

/** Null where there is no answer. */
const ask = (ffmpegPath: string): Promise<boolean | null> =>
  new Promise((resolve) => {
    const args = ['-v', 'quiet', '-nostdin', '-filters'];
    execFile(ffmpegPath, args, { timeout: TIMEOUT_MS, killSignal: 'SIGKILL' }, (error, text) =>
      resolve(error ? null : text.includes(' zscale ') && text.includes(' tonemap ')),
    ).stdin?.end();
  });
