import type { ByteSource } from './source.ts';

/** Bytes that replace the bytes of a file, from the offset `start`. */
export interface Patch {
  start: number;
  bytes: Uint8Array;
}

/**
 * Returns `source` with some of its bytes replaced.
 * @param size the size of the result in bytes; it may be smaller than the source, or larger if patches extend beyond
 * the source's end
 */
export function patchedSource(
  source: ByteSource,
  patches: readonly Patch[],
  size: number,
): ByteSource {
  return {
    size,
    read: async (start, end) => {
      const whole = patches.find((patch) => patch.start <= start && end <= endOf(patch));
      if (whole) return whole.bytes.subarray(start - whole.start, end - whole.start);
      const touching = patches.filter((patch) => patch.start < end && start < endOf(patch));
      const sourceEnd = Math.min(end, source.size);
      const original = start < sourceEnd ? await source.read(start, sourceEnd) : new Uint8Array(0);
      if (touching.length === 0 && original.length === end - start) return original;
      const bytes = new Uint8Array(end - start);
      bytes.set(original);
      for (const patch of touching) {
        const from = Math.max(start, patch.start);
        const to = Math.min(end, endOf(patch));
        bytes.set(patch.bytes.subarray(from - patch.start, to - patch.start), from - start);
      }
      return bytes;
    },
  };
}

function endOf({ start, bytes }: Patch): number {
  return start + bytes.length;
}
