/** Bytes that can be read from any place, wherever they are kept. */
export interface ByteSource {
  /** In bytes. */
  readonly size: number;
  /**
   * The bytes from `start` up to `end`, which is excluded and never beyond `size`.
   * @throws NotSparse, and what the place they are kept in throws
   */
  read(start: number, end: number): Promise<Uint8Array>;
}

/** The beginning that is fetched before anything is known: small, for `moov` often stands at the end. */
export const HEAD_BYTES = 16 * 1024;
