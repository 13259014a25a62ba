/**
 * Why a clip is downloaded instead of read in parts. Logs and dashboards use these strings.
 * - `no-ranges`: the server does not answer range requests as RFC 9110 requires
 * - `changed`: the file changed between two requests
 * - `container`: the file is neither MP4 nor QuickTime
 * - `structure`: the file's boxes are damaged, or use something that the reader does not support
 * - `fragments`: the file has no fragments that the reader supports
 * - `codec`: Mediabunny does not know the codec, but ffmpeg does, such as MPEG-4 Part 2
 * - `parser`: Mediabunny failed
 * - `no-key-frame`: the file's tables list no key frame
 * - `limits`: the reader would need more requests, bytes or boxes than are allowed for one clip
 * - `decoder`: ffmpeg decoded none of the key frames
 */
export type FallbackReason =
  | 'no-ranges'
  | 'changed'
  | 'container'
  | 'structure'
  | 'fragments'
  | 'codec'
  | 'parser'
  | 'no-key-frame'
  | 'limits'
  | 'decoder';

/** The reasons that are the server's fault, not the file's. A local copy of the file can still be read in parts. */
const SERVER_REASONS: readonly FallbackReason[] = ['no-ranges', 'changed'];

/** The clip cannot be read in parts. ffmpeg may still be able to read the whole file. */
export class PartialReadError extends Error {
  override name = 'PartialReadError';
  readonly reason: FallbackReason;

  constructor(reason: FallbackReason, detail: string) {
    super(`${reason}: ${detail}`);
    this.reason = reason;
  }
}

/** True if the server, not the file, caused the failure. */
export function isServerReason(reason: FallbackReason): boolean {
  return SERVER_REASONS.includes(reason);
}
