import { execFile } from 'node:child_process';

const known = new Map<string, Promise<boolean>>();
const TIMEOUT_MS = 5000;

/** True where this ffmpeg has what tone mapping takes; asked once, when the first HDR clip comes. */
export function canToneMap(ffmpegPath: string): Promise<boolean> {
  const answer = known.get(ffmpegPath) ?? ask(ffmpegPath);
  known.set(ffmpegPath, answer);
  return answer;
}

const ask = (ffmpegPath: string): Promise<boolean> =>
  new Promise((resolve) => {
    const args = ['-v', 'quiet', '-nostdin', '-filters'];
    execFile(ffmpegPath, args, { timeout: TIMEOUT_MS, killSignal: 'SIGKILL' }, (_error, text) =>
      resolve(text.includes(' zscale ') && text.includes(' tonemap ')),
    ).stdin?.end();
  });
