/**
 * Why a clip was not read in parts but downloaded whole:
 * - `no-ranges`: the server doesn't answer byte ranges as it should
 * - `changed`: the file became another one between two ranges
 * - `container`: neither MP4 nor QuickTime
 * - `structure`: its boxes are broken, or say what we don't follow
 * - `fragments`: none of the first fragments holds a key frame
 * - `codec`: one that Mediabunny doesn't know, or encrypted
 * - `parser`: Mediabunny gave up
 * - `no-key-frame`: none where the tables say that there is one
 * - `limits`: it would take more requests, bytes or work than we spend on one clip
 * - `decoder`: ffmpeg made no picture of the frames that were cut out
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

/** The clip can't be read in parts; nothing is said about whether it can be read at all. */
export class NotSparse extends Error {
  override name = 'NotSparse';
  readonly reason: FallbackReason;

  constructor(reason: FallbackReason, detail: string) {
    super(`${reason}: ${detail}`);
    this.reason = reason;
  }
}
