import type { ByteSource } from './source.ts';

/** A source that can fetch more bytes than a read asks for. */
export interface ReadAheadSource extends ByteSource {
  /** Makes each read fetch at least `bytes` bytes. 0 makes each read fetch only its own bytes, as at the beginning. */
  setReadAhead(bytes: number): void;
}

/**
 * Returns a source that reads from `source`. Reading ahead makes sense only if `source` keeps the bytes that were
 * fetched, because the returned source keeps none.
 */
export function readAheadSource(source: ByteSource): ReadAheadSource {
  let aheadBytes = 0;
  let fetched = { start: 0, end: 0 };
  return {
    size: source.size,
    setReadAhead: (bytes) => {
      aheadBytes = bytes;
      fetched = { start: 0, end: 0 };
    },
    read: async (start, end) => {
      const isFetched = start >= fetched.start && end <= fetched.end;
      const aheadEnd = Math.min(source.size, start + aheadBytes);
      if (isFetched || aheadEnd <= end) return source.read(start, end);
      const bytes = await source.read(start, aheadEnd);
      fetched = { start, end: aheadEnd };
      return bytes.subarray(0, end - start);
    },
  };
}
