import type { ByteSource } from './source.ts';

/** Bytes that stand in for those of the file. */
export interface Patch {
  start: number;
  bytes: Uint8Array;
}

/** The file as `patches` change it, and as large as `size` says, which its patches may reach to. */
export function patchedSource(
  source: ByteSource,
  patches: readonly Patch[],
  size: number,
): ByteSource {
  return {
    size,
    read: async (start, end) => {
      const whole = patches.find((one) => one.start <= start && end <= endOf(one));
      if (whole) return whole.bytes.subarray(start - whole.start, end - whole.start);
      const near = patches.filter((one) => one.start < end && start < endOf(one));
      const readable = Math.min(end, source.size);
      const original = start < readable ? await source.read(start, readable) : new Uint8Array(0);
      if (near.length === 0 && original.length === end - start) return original;
      const bytes = new Uint8Array(end - start);
      bytes.set(original);
      for (const patch of near) {
        const from = Math.max(start, patch.start);
        const to = Math.min(end, endOf(patch));
        bytes.set(patch.bytes.subarray(from - patch.start, to - patch.start), from - start);
      }
      return bytes;
    },
  };
}

const endOf = ({ start, bytes }: Patch): number => start + bytes.length;
